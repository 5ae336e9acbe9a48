package ai.snagr.data.user;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * What a service needs to check a login, and no more.
 *
 * @param passwordHash absent where somebody else keeps the passwords
 */
public record Login(
        UserId userId, UserStatus status, @Nullable PasswordHash passwordHash) {
    public Login {
        requireNonNull(userId, "userId");
        requireNonNull(status, "status");
    }
}

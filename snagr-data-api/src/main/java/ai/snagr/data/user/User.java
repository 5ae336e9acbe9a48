package ai.snagr.data.user;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An account. It holds no password hash: {@link UserRepository#findLogin} is the only way to one.
 *
 * @param deletedAt when its owner asked for its deletion; absent for a standing account
 */
public record User(
        UserId id,
        EmailAddress email,
        UserStatus status,
        @Nullable Instant deletedAt,
        Instant createdAt,
        Instant updatedAt) {
    public User {
        requireNonNull(id, "id");
        requireNonNull(email, "email");
        requireNonNull(status, "status");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }
}

package ai.snagr.data.user;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A user to be registered.
 *
 * @param passwordHash absent where somebody else keeps the passwords, such as Supabase Auth
 */
public record NewUser(EmailAddress email, @Nullable PasswordHash passwordHash) {
    public NewUser {
        requireNonNull(email, "email");
    }

    public static NewUser of(EmailAddress email) {
        return new NewUser(email, null);
    }

    public static NewUser of(EmailAddress email, PasswordHash passwordHash) {
        return new NewUser(email, requireNonNull(passwordHash, "passwordHash"));
    }
}

package ai.snagr.data.user;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A user to be registered.
 *
 * @param id absent where this library is to make one
 * @param passwordHash absent where somebody else keeps the passwords, such as Supabase Auth
 */
public record NewUser(
        @Nullable UserId id, EmailAddress email, @Nullable PasswordHash passwordHash) {
    public NewUser {
        requireNonNull(email, "email");
    }

    public static NewUser of(EmailAddress email) {
        return new NewUser(null, email, null);
    }

    /** Where somebody else makes the ids and keeps the passwords, such as Supabase Auth. */
    public static NewUser of(UserId id, EmailAddress email) {
        return new NewUser(requireNonNull(id, "id"), email, null);
    }

    public static NewUser of(EmailAddress email, PasswordHash passwordHash) {
        return new NewUser(null, email, requireNonNull(passwordHash, "passwordHash"));
    }
}

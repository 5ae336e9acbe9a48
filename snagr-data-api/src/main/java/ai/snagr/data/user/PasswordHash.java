package ai.snagr.data.user;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * The encoded hash of a password, as the host's password hasher wrote it, parameters and salt included. Never a
 * password: what does not begin like an encoded hash ({@code $} or <code>{</code>) is refused. {@code toString} does not print it.
 *
 * @param value 20 to 500 characters of printable ASCII without spaces
 */
public record PasswordHash(String value) {
    public PasswordHash {
        requireNonNull(value, "value");
        Check.of(PasswordHash.class)
                .range(value.length(), 20, 500, "value.length")
                .that(
                        value.chars().allMatch(c -> c > ' ' && c < 127),
                        "value",
                        "must be printable ASCII without spaces")
                .that(
                        value.startsWith("$") || value.startsWith("{"),
                        "value",
                        "must be an encoded hash such as $argon2id$… or {bcrypt}$…, not a password")
                .done();
    }

    @Override
    public String toString() {
        return "PasswordHash[sensitive]";
    }
}

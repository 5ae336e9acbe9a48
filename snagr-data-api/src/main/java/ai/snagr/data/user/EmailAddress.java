package ai.snagr.data.user;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An e-mail address, normalized to NFC and trimmed. Two addresses are the same account when they differ only in case.
 * It is personal data: {@code toString} does not print it.
 *
 * @param value 3 to 254 characters: one {@code @} with 1 to 64 characters before it and a domain behind it
 *     (<a href="https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1">RFC 5321, 4.5.3.1</a>)
 */
public record EmailAddress(String value) {
    private static final int MAX_LENGTH = 254;

    private static final Pattern SHAPE = Pattern.compile(
            "[^@\\s\"(),:;<>\\[\\\\\\]]{1,64}@(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?)"
                    + "(?:\\.[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?)*");

    public EmailAddress {
        value = Check.normalized(requireNonNull(value, "value").strip());
        // The pattern recurses once per label of the domain: a text of any length would overflow the stack.
        boolean shaped =
                value.length() <= 2 * MAX_LENGTH && SHAPE.matcher(value).matches();
        Check.of(EmailAddress.class)
                .plainText(value, "value", MAX_LENGTH)
                .that(shaped, "value", "must be an address such as name@example.org")
                .that(
                        !value.startsWith(".") && !value.contains("..") && !value.contains(".@"),
                        "value",
                        "must not have a dot at either end of its local part, or two in a row")
                .done();
    }

    public static EmailAddress of(String value) {
        return new EmailAddress(value);
    }

    /** The address in lower case: what makes an account unique. */
    public String key() {
        return value.toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return "EmailAddress[sensitive]";
    }
}

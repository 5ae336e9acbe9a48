package ai.snagr.data.preference;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * A phone number in E.164 form. It is personal data: {@code toString} does not print it, and it is stored sealed.
 *
 * @param value {@code +} and 7 to 15 digits (<a href="https://www.itu.int/rec/T-REC-E.164">ITU-T E.164</a>)
 */
public record PhoneNumber(String value) {
    public PhoneNumber {
        requireNonNull(value, "value");
        Check.of(PhoneNumber.class)
                .that(value.matches("\\+[1-9][0-9]{6,14}"), "value", "must be + and 7 to 15 digits, without spaces")
                .done();
    }

    @Override
    public String toString() {
        return "PhoneNumber[sensitive]";
    }
}

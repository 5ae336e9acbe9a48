package ai.snagr.data.internal;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects every broken rule of one value and refuses it with all of them at once. A problem names the field and the
 * rule; no text that came from outside is ever repeated in it. Where every rule holds it makes no text and no list: each
 * row that is read passes through it.
 */
public final class Check {
    private final String type;
    private List<Problem> problems = List.of();

    private Check(String type) {
        this.type = type;
    }

    public static Check of(Class<?> type) {
        return new Check(type.getSimpleName());
    }

    /** Notes the problem where the rule does not hold; the same one again is not said again. */
    public Check that(boolean holds, String field, String rule) {
        if (!holds) {
            note(new Problem(field, rule));
        }
        return this;
    }

    /** Requires 1 to {@code max} characters after trimming, and the rules of {@link #plainText}. */
    public Check text(String value, String field, int max) {
        that(!value.isBlank(), field, "must not be blank");
        return plainText(value, field, max);
    }

    public Check optionalText(@Nullable String value, String field, int max) {
        return value == null ? this : text(value, field, max);
    }

    /** Requires at most {@code max} characters, no control characters but tab and line breaks, no bidi controls. */
    public Check plainText(String value, String field, int max) {
        if (value.codePointCount(0, value.length()) > max) {
            note(new Problem(field, "must have at most " + max + " characters"));
        }
        return that(
                !hasForbidden(value),
                field,
                "must not contain control, bidirectional or unpaired surrogate characters");
    }

    /** Requires that no card number stands in the text, as {@link CardNumbers} finds them. */
    public Check noCardNumber(String value, String field) {
        return that(!CardNumbers.contains(value), field, "must not contain a card number");
    }

    public Check range(long value, long min, long max, String field) {
        if (value < min || value > max) {
            note(new Problem(field, "must be between " + min + " and " + max));
        }
        return this;
    }

    private void note(Problem problem) {
        if (!problems.contains(problem)) {
            List<Problem> more = new ArrayList<>(problems);
            more.add(problem);
            problems = more;
        }
    }

    /** Throws INVALID_INPUT with every problem found, or returns. */
    public void done() {
        if (!problems.isEmpty()) {
            throw new SnagrDataException.InvalidInput(type, problems);
        }
    }

    public static String normalized(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }

    private static boolean hasForbidden(String value) {
        int c;
        for (int i = 0; i < value.length(); i += Character.charCount(c)) {
            c = value.codePointAt(i);
            if (isForbidden(c)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a code point must not stand in stored text: U+0000 and other controls, bidi controls, lone surrogates. */
    static boolean isForbidden(int c) {
        boolean control = Character.isISOControl(c) && c != '\t' && c != '\n' && c != '\r';
        boolean bidi = c == 0x061C
                || c == 0x200E
                || c == 0x200F
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
        boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
        return control || bidi || surrogate;
    }
}

package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import java.util.regex.Pattern;

/**
 * Which request of the host an act belongs to, for the audit trail: a trace id, or whatever the host's own logs call it.
 * It must say nothing about a person.
 *
 * @param value 1 to 100 letters, digits, and {@code . _ : / -}; so no name, address or number with spaces fits by mistake
 */
public record RequestId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:/-]{1,100}");

    /**
     * Checks the form.
     *
     * @throws SnagrDataException INVALID_INPUT if it has another form
     */
    public RequestId {
        requireNonNull(value, "value");
        Check.of(RequestId.class)
                .that(FORM.matcher(value).matches(), "value", "must be 1 to 100 letters, digits or one of . _ : / -")
                .done();
    }

    @Override
    public String toString() {
        return value;
    }
}

package ai.snagr.data;

import static java.util.Objects.requireNonNull;

/**
 * One broken rule of an input.
 *
 * @param field the component that breaks it, such as {@code price.currency}
 * @param rule what must hold; never the value that was given
 */
public record Problem(String field, String rule) {
    public Problem {
        requireNonNull(field, "field");
        requireNonNull(rule, "rule");
    }

    @Override
    public String toString() {
        return field + " " + rule;
    }
}

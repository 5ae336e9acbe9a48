package ai.snagr.data.change;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * Who follows the changes of all users, where the database keeps how far: the same after every restart.
 *
 * @param value 1 to 100 characters of {@code a-z 0-9 . _ -}
 */
public record ConsumerName(String value) {
    public ConsumerName {
        requireNonNull(value, "value");
        Check.of(ConsumerName.class)
                .that(value.matches("[a-z0-9._-]{1,100}"), "value", "must be 1 to 100 characters of a-z 0-9 . _ -")
                .done();
    }

    @Override
    public String toString() {
        return value;
    }
}

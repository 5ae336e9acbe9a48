package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * Stripe's id of an event. The same event can arrive any number of times.
 *
 * @param value {@code evt_} and 8 to 200 letters, digits or underscores
 */
public record StripeEventId(String value) {
    public StripeEventId {
        requireNonNull(value, "value");
        Check.of(StripeEventId.class)
                .that(
                        value.matches("evt_[A-Za-z0-9_]{8,200}"),
                        "value",
                        "must be evt_ and 8 to 200 letters, digits or underscores")
                .noCardNumber(value, "value")
                .done();
    }

    public static StripeEventId of(String value) {
        return new StripeEventId(value);
    }
}

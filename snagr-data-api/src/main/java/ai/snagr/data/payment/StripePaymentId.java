package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * Stripe's id of a payment intent or charge; never a card number.
 *
 * @param value {@code pi_}, {@code ch_} or {@code py_} and 8 to 200 letters, digits or underscores
 */
public record StripePaymentId(String value) {
    public StripePaymentId {
        requireNonNull(value, "value");
        Check.of(StripePaymentId.class)
                .that(
                        value.matches("(pi|ch|py)_[A-Za-z0-9_]{8,200}"),
                        "value",
                        "must be pi_, ch_ or py_ and 8 to 200 letters, digits or underscores")
                .noCardNumber(value, "value")
                .done();
    }

    public static StripePaymentId of(String value) {
        return new StripePaymentId(value);
    }
}

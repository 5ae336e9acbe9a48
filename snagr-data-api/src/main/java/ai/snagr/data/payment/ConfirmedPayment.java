package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.internal.Check;

/**
 * A payment that the host knows to have succeeded, as Stripe said it.
 *
 * @param amount what was paid, above zero
 */
public record ConfirmedPayment(StripePaymentId stripeId, Money amount) {
    public ConfirmedPayment {
        requireNonNull(stripeId, "stripeId");
        requireNonNull(amount, "amount");
        Check.of(ConfirmedPayment.class)
                .that(amount.minorUnits() > 0, "amount", "must be above zero")
                .done();
    }
}

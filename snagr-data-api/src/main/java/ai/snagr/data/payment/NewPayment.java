package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.internal.Check;
import ai.snagr.data.match.MatchId;

/**
 * A payment that the user has begun.
 *
 * @param amount what is to be paid, above zero
 */
public record NewPayment(MatchId matchId, StripePaymentId stripeId, Money amount) {
    public NewPayment {
        requireNonNull(matchId, "matchId");
        requireNonNull(stripeId, "stripeId");
        requireNonNull(amount, "amount");
        Check.of(NewPayment.class)
                .that(amount.minorUnits() > 0, "amount", "must be above zero")
                .done();
    }
}

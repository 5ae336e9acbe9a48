package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.internal.Check;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.user.UserId;
import org.jspecify.annotations.Nullable;

/**
 * A payment that succeeded, as Stripe signed it: how much, by whom and for what. It comes from {@link StripeWebhooks#verify}
 * alone.
 */
public final class VerifiedPayment implements WebhookEvent {
    private final StripeEventId eventId;
    private final StripePaymentId stripeId;
    private final Money amount;
    private final UserId userId;
    private final MatchId matchId;

    /** For {@link StripeWebhooks} alone, which has checked the signature. */
    VerifiedPayment(StripeEventId eventId, StripePaymentId stripeId, Money amount, UserId userId, MatchId matchId) {
        this.eventId = requireNonNull(eventId, "eventId");
        this.stripeId = requireNonNull(stripeId, "stripeId");
        this.amount = requireNonNull(amount, "amount");
        this.userId = requireNonNull(userId, "userId");
        this.matchId = requireNonNull(matchId, "matchId");
        Check.of(VerifiedPayment.class)
                .that(amount.minorUnits() > 0, "amount", "must be above zero")
                .done();
    }

    @Override
    public StripeEventId eventId() {
        return eventId;
    }

    public StripePaymentId stripeId() {
        return stripeId;
    }

    /** What was received, above zero, in Stripe's smallest unit of the currency. */
    public Money amount() {
        return amount;
    }

    /** Who pays, from the metadata {@value StripeWebhooks#USER_METADATA}. */
    public UserId userId() {
        return userId;
    }

    /** For which match, from the metadata {@value StripeWebhooks#MATCH_METADATA}. */
    public MatchId matchId() {
        return matchId;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof VerifiedPayment that
                && eventId.equals(that.eventId)
                && stripeId.equals(that.stripeId)
                && amount.equals(that.amount)
                && userId.equals(that.userId)
                && matchId.equals(that.matchId);
    }

    @Override
    public int hashCode() {
        return eventId.hashCode();
    }

    @Override
    public String toString() {
        return "VerifiedPayment[eventId=" + eventId.value() + ", stripeId=" + stripeId.value() + ", amount=" + amount
                + ", userId=" + userId + ", matchId=" + matchId + "]";
    }
}

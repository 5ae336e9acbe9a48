package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A charge.
 *
 * @param matchId what was paid for; absent once the match was removed by retention
 * @param completedAt when the money was taken; absent before
 */
public record Payment(
        PaymentId id,
        UserId userId,
        @Nullable MatchId matchId,
        StripePaymentId stripeId,
        Money amount,
        PaymentStatus status,
        Instant createdAt,
        @Nullable Instant completedAt) {
    public Payment {
        requireNonNull(id, "id");
        requireNonNull(userId, "userId");
        requireNonNull(stripeId, "stripeId");
        requireNonNull(amount, "amount");
        requireNonNull(status, "status");
        requireNonNull(createdAt, "createdAt");
    }
}

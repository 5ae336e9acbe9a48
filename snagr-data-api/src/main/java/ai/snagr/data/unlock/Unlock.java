package ai.snagr.data.unlock;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a payment opened.
 *
 * @param suggestedMessage a message to the seller, proposed by the host; personal, so {@code toString} does not print it
 */
public record Unlock(
        UnlockId id,
        UserId userId,
        MatchId matchId,
        PaymentId paymentId,
        Instant unlockedAt,
        @Nullable String suggestedMessage) {
    public Unlock {
        requireNonNull(id, "id");
        requireNonNull(userId, "userId");
        requireNonNull(matchId, "matchId");
        requireNonNull(paymentId, "paymentId");
        requireNonNull(unlockedAt, "unlockedAt");
    }

    @Override
    public String toString() {
        return "Unlock[id=" + id + ", userId=" + userId + ", matchId=" + matchId + ", paymentId=" + paymentId
                + ", unlockedAt=" + unlockedAt + "]";
    }
}

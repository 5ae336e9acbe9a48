package ai.snagr.data.unlock;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import ai.snagr.data.payment.VerifiedPayment;
import java.util.Optional;

/** What the user that the actor stands for has unlocked: that user, or PAYMENTS on his behalf. */
public interface UnlockRepository {
    /**
     * The unlock of this match. Payment and unlock are stored together, in one statement; the payment may exist already,
     * pending, and then amount and currency are compared with it. Any number of calls with the same payment, at once or
     * later, store one unlock and all return it.
     *
     * @param payment from {@link ai.snagr.data.payment.StripeWebhooks}
     * @throws SnagrDataException NOT_FOUND if the user has no such match; PAYMENT_MISMATCH if it was paid by another user or
     *     for another match, if the id of the Stripe payment is known with another amount, currency, match or user, or if
     *     the id of the event is known of another payment; ALREADY_UNLOCKED if another payment unlocked the match before (this one
     *     is not stored and should be given back); WRONG_STATE if the payment failed or was given back
     */
    @CanIgnoreReturnValue
    Unlock unlock(MatchId matchId, VerifiedPayment payment);

    /** The standing unlock of this match, or empty if there is none. */
    Optional<Unlock> find(MatchId matchId);

    /**
     * The user's unlocked listings, newest unlock first; an empty slice when there are none. Unlocks whose payment was
     * given back are left out.
     *
     * @return ordered by (unlockedAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list
     */
    Slice<UnlockedListing> list(Page page);

    /**
     * The unlock with the message that the host proposes to send to the seller, or without one. For the user.
     *
     * @param message empty to remove it
     * @throws SnagrDataException NOT_UNLOCKED if the match has no standing unlock of this user
     */
    @CanIgnoreReturnValue
    Unlock suggestMessage(MatchId matchId, Optional<SuggestedMessage> message);

    /**
     * The match with seller and address, opened. The audit event is written by the very statement that reads the sealed
     * bytes, outside the caller's transaction: what is not on record is not revealed, and a rollback does not take the
     * record back. An unlock that is not committed yet does not count. For the user.
     *
     * @throws SnagrDataException NOT_UNLOCKED if the match has no standing unlock of this user, or does not exist;
     *     UNREADABLE if the sealed values do not open
     */
    RevealedMatch reveal(MatchId matchId);
}

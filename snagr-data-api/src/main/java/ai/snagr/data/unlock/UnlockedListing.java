package ai.snagr.data.unlock;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.match.Match;

/**
 * A line of a user's list of unlocked listings: nothing sealed and nothing revealed.
 *
 * @param paid what the unlock cost
 */
public record UnlockedListing(Unlock unlock, Match match, Money paid) {
    public UnlockedListing {
        requireNonNull(unlock, "unlock");
        requireNonNull(match, "match");
        requireNonNull(paid, "paid");
    }
}

package ai.snagr.data.match;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.WebUrl;
import ai.snagr.data.search.SearchId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A listing found for a search, as lists show it. It has no seller and no address: they exist only on
 * {@code RevealedMatch}.
 *
 * @param relevanceScore 0 to 1, the best first
 */
public record Match(
        MatchId id,
        SearchId searchId,
        String title,
        Money price,
        @Nullable WebUrl imageUrl,
        @Nullable Instant postedAt,
        @Nullable Integer distanceMeters,
        double relevanceScore) {
    public Match {
        requireNonNull(id, "id");
        requireNonNull(searchId, "searchId");
        requireNonNull(title, "title");
        requireNonNull(price, "price");
    }
}

package ai.snagr.data.match;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.WebUrl;
import ai.snagr.data.internal.Check;
import ai.snagr.data.privacy.Sensitive;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A listing that was found. Seller and address are sealed before they leave this process.
 *
 * @param externalListingId the marketplace's id of the listing, 1 to 200 characters; unique within a search
 * @param title 1 to 500 characters
 * @param description up to 20,000 characters
 * @param postedAt in the years 1970 to 9999
 * @param distanceMeters from the search's center, 0 or more
 * @param relevanceScore how well it fits, 0 to 1; the best match is shown first
 */
public record NewMatch(
        String externalListingId,
        String title,
        Money price,
        @Nullable String description,
        @Nullable WebUrl imageUrl,
        Sensitive<SellerInfo> seller,
        Sensitive<WebUrl> listingUrl,
        @Nullable Instant postedAt,
        @Nullable Integer distanceMeters,
        double relevanceScore) {
    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    public NewMatch {
        requireNonNull(externalListingId, "externalListingId");
        requireNonNull(title, "title");
        requireNonNull(price, "price");
        requireNonNull(seller, "seller");
        requireNonNull(listingUrl, "listingUrl");
        Check check = Check.of(NewMatch.class)
                .text(externalListingId, "externalListingId", 200)
                .text(title, "title", 500);
        if (description != null) {
            check.plainText(description, "description", 20_000);
        }
        if (distanceMeters != null) {
            check.range(distanceMeters, 0, Integer.MAX_VALUE, "distanceMeters");
        }
        if (postedAt != null) {
            check.that(
                    !postedAt.isBefore(Instant.EPOCH) && postedAt.isBefore(YEAR_10000),
                    "postedAt",
                    "must lie in the years 1970 to 9999");
        }
        check.that(relevanceScore >= 0 && relevanceScore <= 1, "relevanceScore", "must be between 0 and 1")
                .done();
    }

    public NewMatch withPrice(Money newPrice) {
        return new NewMatch(
                externalListingId,
                title,
                newPrice,
                description,
                imageUrl,
                seller,
                listingUrl,
                postedAt,
                distanceMeters,
                relevanceScore);
    }

    public NewMatch withRelevanceScore(double newScore) {
        return new NewMatch(
                externalListingId,
                title,
                price,
                description,
                imageUrl,
                seller,
                listingUrl,
                postedAt,
                distanceMeters,
                newScore);
    }

    /** Without the marketplace's id too: the listing's address can often be told from it. */
    @Override
    public String toString() {
        return "NewMatch[price=" + price + ", relevanceScore=" + relevanceScore + "]";
    }
}

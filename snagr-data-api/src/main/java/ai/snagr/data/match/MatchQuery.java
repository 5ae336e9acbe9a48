package ai.snagr.data.match;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Cursor;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.internal.Check;
import org.jspecify.annotations.Nullable;

/**
 * Which of a search's matches are asked for. Every filter that is set must hold.
 *
 * @param page which part of the list
 * @param minPrice lowest price, in the currency of {@code maxPrice} where both are given; matches in another currency are
 *     left out
 * @param maxPrice highest price, not below {@code minPrice}
 * @param maxDistanceMeters 0 or more; matches without a distance are left out
 * @param text words in title or description, as for a web search engine, 1 to 500 characters
 */
public record MatchQuery(
        Page page,
        @Nullable Money minPrice,
        @Nullable Money maxPrice,
        @Nullable Integer maxDistanceMeters,
        @Nullable String text) {
    public MatchQuery {
        requireNonNull(page, "page");
        Check check = Check.of(MatchQuery.class);
        if (minPrice != null && maxPrice != null) {
            boolean same = minPrice.currency().equals(maxPrice.currency());
            check.that(same, "maxPrice", "must have the currency of minPrice");
            check.that(
                    !same || minPrice.minorUnits() <= maxPrice.minorUnits(), "maxPrice", "must not be below minPrice");
        }
        if (maxDistanceMeters != null) {
            check.range(maxDistanceMeters, 0, Integer.MAX_VALUE, "maxDistanceMeters");
        }
        text = text == null ? null : Check.normalized(text);
        check.optionalText(text, "text", 500).done();
    }

    /** The best matches, without filters. */
    public static MatchQuery top(int size) {
        return of(Page.first(size));
    }

    /** A page of all matches. */
    public static MatchQuery of(Page page) {
        return new MatchQuery(page, null, null, null, null);
    }

    /** The same filters, from where the page before ended. */
    public MatchQuery after(Cursor cursor) {
        return new MatchQuery(Page.after(cursor, page.size()), minPrice, maxPrice, maxDistanceMeters, text);
    }

    public MatchQuery priceAtLeast(Money price) {
        return new MatchQuery(page, price, maxPrice, maxDistanceMeters, text);
    }

    public MatchQuery priceAtMost(Money price) {
        return new MatchQuery(page, minPrice, price, maxDistanceMeters, text);
    }

    public MatchQuery within(int meters) {
        return new MatchQuery(page, minPrice, maxPrice, meters, text);
    }

    public MatchQuery withText(String words) {
        return new MatchQuery(page, minPrice, maxPrice, maxDistanceMeters, words);
    }

    /** Whether no filter is set. */
    public boolean isUnfiltered() {
        return minPrice == null && maxPrice == null && maxDistanceMeters == null && text == null;
    }

    @Override
    public String toString() {
        return "MatchQuery[size=" + page.size() + ", minPrice=" + minPrice + ", maxPrice=" + maxPrice
                + ", maxDistanceMeters=" + maxDistanceMeters + ", text=" + (text == null ? "null" : "[sensitive]")
                + "]";
    }
}

package ai.snagr.data.search;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.internal.Check;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What narrows a search, each part optional.
 *
 * @param minPrice lowest price, in the currency of {@code maxPrice} where both are given
 * @param maxPrice highest price, not below {@code minPrice}
 * @param center middle of the area; goes with {@code radiusMeters}
 * @param radiusMeters 1 to 20,000,000
 * @param attributes anything else that the matcher understands: at most 50, names of 1 to 50 characters of {@code a-z 0-9 _},
 *     values up to 500 characters
 */
public record SearchParameters(
        @Nullable Money minPrice,
        @Nullable Money maxPrice,
        @Nullable GeoPoint center,
        @Nullable Integer radiusMeters,
        Map<String, String> attributes) {
    private static final SearchParameters NONE = new SearchParameters(null, null, null, null, Map.of());

    public SearchParameters {
        attributes = Map.copyOf(requireNonNull(attributes, "attributes"));
        Check check = Check.of(SearchParameters.class);
        if (minPrice != null && maxPrice != null) {
            boolean same = minPrice.currency().equals(maxPrice.currency());
            check.that(same, "maxPrice", "must have the currency of minPrice");
            check.that(
                    !same || minPrice.minorUnits() <= maxPrice.minorUnits(), "maxPrice", "must not be below minPrice");
        }
        check.that((center == null) == (radiusMeters == null), "radiusMeters", "goes together with center");
        if (radiusMeters != null) {
            check.range(radiusMeters, 1, 20_000_000, "radiusMeters");
        }
        check.range(attributes.size(), 0, 50, "attributes.size");
        attributes.forEach((name, value) -> check.that(
                        name.matches("[a-z0-9_]{1,50}"),
                        "attributes",
                        "must have names of 1 to 50 characters of a-z 0-9 _")
                .plainText(value, "attributes", 500));
        check.done();
    }

    /** No narrowing at all. */
    public static SearchParameters none() {
        return NONE;
    }

    public SearchParameters withPrice(@Nullable Money newMin, @Nullable Money newMax) {
        return new SearchParameters(newMin, newMax, center, radiusMeters, attributes);
    }

    public SearchParameters within(GeoPoint newCenter, int newRadiusMeters) {
        return new SearchParameters(minPrice, maxPrice, newCenter, newRadiusMeters, attributes);
    }

    public SearchParameters withAttributes(Map<String, String> newAttributes) {
        return new SearchParameters(minPrice, maxPrice, center, radiusMeters, newAttributes);
    }

    /** Says which parts are set, and neither where somebody looks nor what the attributes hold. */
    @Override
    public String toString() {
        return "SearchParameters[minPrice=" + minPrice + ", maxPrice=" + maxPrice + ", center=" + center
                + ", radiusMeters=" + radiusMeters + ", attributes=" + attributes.size() + "]";
    }
}

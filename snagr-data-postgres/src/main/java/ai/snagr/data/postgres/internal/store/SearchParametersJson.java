package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.search.GeoPoint;
import ai.snagr.data.search.SearchParameters;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The stored form of search parameters: one JSON object with a member for each part that is set.
 *
 * <pre>{"min_price": {"minor_units": 1000, "currency": "USD"}, "max_price": {…},
 *  "center": {"latitude": 35.6, "longitude": -82.55}, "radius_meters": 5000, "attributes": {"color": "red"}}</pre>
 *
 * Members that it does not know are skipped, so an older version reads what a newer one wrote.
 */
final class SearchParametersJson {
    /** Below what the column takes, because {@code jsonb} prints a space after each comma and colon. */
    private static final int MOST_BYTES = 64_000;

    private static final JsonMapper JSON = JsonMapper.shared();

    private SearchParametersJson() {}

    /** The parameters as JSON. INVALID_INPUT if that takes more than {@value #MOST_BYTES} bytes. */
    static String write(SearchParameters parameters) {
        ObjectNode json = JSON.createObjectNode();
        putMoney(json, "min_price", parameters.minPrice());
        putMoney(json, "max_price", parameters.maxPrice());
        GeoPoint center = parameters.center();
        if (center != null) {
            json.putObject("center").put("latitude", center.latitude()).put("longitude", center.longitude());
        }
        if (parameters.radiusMeters() != null) {
            json.put("radius_meters", parameters.radiusMeters());
        }
        if (!parameters.attributes().isEmpty()) {
            ObjectNode attributes = json.putObject("attributes");
            new TreeMap<>(parameters.attributes()).forEach(attributes::put);
        }
        String text = JSON.writeValueAsString(json);
        if (text.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            throw new SnagrDataException.InvalidInput(
                    "SearchParameters",
                    List.of(new Problem("attributes", "must take at most " + MOST_BYTES + " bytes as JSON")));
        }
        return text;
    }

    /** The parameters that {@link #write} has written. */
    static SearchParameters read(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            JsonNode radius = json.get("radius_meters");
            return new SearchParameters(
                    money(json.get("min_price")),
                    money(json.get("max_price")),
                    point(json.get("center")),
                    radius == null ? null : radius.intValue(),
                    attributes(json.get("attributes")));
        } catch (JacksonException | SnagrDataException.InvalidInput damaged) {
            // Neither the text nor the cause may come out: both can repeat what the user looks for.
            throw new SnagrDataException.Failed(
                    ErrorCode.INTERNAL,
                    false,
                    "The stored parameters of a search cannot be read: the row was not written by this library",
                    null);
        }
    }

    private static void putMoney(ObjectNode json, String name, @Nullable Money money) {
        if (money != null) {
            json.putObject(name).put("minor_units", money.minorUnits()).put("currency", money.currency());
        }
    }

    private static @Nullable Money money(@Nullable JsonNode json) {
        return json == null
                ? null
                : Money.of(
                        json.required("minor_units").longValue(),
                        json.required("currency").stringValue());
    }

    private static @Nullable GeoPoint point(@Nullable JsonNode json) {
        return json == null
                ? null
                : new GeoPoint(
                        json.required("latitude").doubleValue(),
                        json.required("longitude").doubleValue());
    }

    private static Map<String, String> attributes(@Nullable JsonNode json) {
        Map<String, String> attributes = new LinkedHashMap<>();
        if (json != null) {
            json.properties()
                    .forEach(entry ->
                            attributes.put(entry.getKey(), entry.getValue().stringValue()));
        }
        return attributes;
    }
}

package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.match.SellerInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is sealed of a seller: one JSON object with a member for each part that is set.
 *
 * <pre>{"name": "…", "profile_url": "https://…", "contact": "…", "details": {"rating": "4.9"}}</pre>
 *
 * Members that it does not know are skipped, so an older version reads what a newer one wrote.
 */
final class SellerInfoJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private SellerInfoJson() {}

    static byte[] write(SellerInfo seller) {
        ObjectNode json = JSON.createObjectNode().put("name", seller.name());
        WebUrl profile = seller.profileUrl();
        if (profile != null) {
            json.put("profile_url", profile.value());
        }
        if (seller.contact() != null) {
            json.put("contact", seller.contact());
        }
        if (!seller.details().isEmpty()) {
            ObjectNode details = json.putObject("details");
            new TreeMap<>(seller.details()).forEach(details::put);
        }
        return JSON.writeValueAsBytes(json);
    }

    /**
     * The seller that {@link #write} has written.
     *
     * @throws SnagrDataException UNREADABLE for other bytes; neither they nor a cause come out, which could repeat them
     */
    static SellerInfo read(byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(bytes);
            JsonNode profile = json.get("profile_url");
            JsonNode contact = json.get("contact");
            return new SellerInfo(
                    text(json.required("name")),
                    profile == null ? null : new WebUrl(text(profile)),
                    contact == null ? null : text(contact),
                    details(json.get("details")));
        } catch (JacksonException | SnagrDataException.InvalidInput damaged) {
            throw new SnagrDataException.Unreadable();
        }
    }

    private static Map<String, String> details(@Nullable JsonNode json) {
        Map<String, String> details = new LinkedHashMap<>();
        if (json != null) {
            json.properties().forEach(entry -> details.put(entry.getKey(), text(entry.getValue())));
        }
        return details;
    }

    /** For a JSON null, {@code stringValue} would be null. */
    private static String text(JsonNode json) {
        if (!json.isString()) {
            throw new SnagrDataException.Unreadable();
        }
        return json.stringValue();
    }
}

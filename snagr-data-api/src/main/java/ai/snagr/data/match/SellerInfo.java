package ai.snagr.data.match;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.WebUrl;
import ai.snagr.data.internal.Check;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who sells, and how to reach him. It is stored sealed and {@code toString} prints nothing of it.
 *
 * @param name 1 to 200 characters
 * @param profileUrl the seller's page at the marketplace
 * @param contact an e-mail address, phone number or the like as the marketplace gave it, up to 320 characters
 * @param details anything else: at most 20, names of 1 to 50 characters of {@code a-z 0-9 _}, values up to 500 characters
 */
public record SellerInfo(
        String name, @Nullable WebUrl profileUrl, @Nullable String contact, Map<String, String> details) {
    public SellerInfo {
        requireNonNull(name, "name");
        details = Map.copyOf(requireNonNull(details, "details"));
        Check check = Check.of(SellerInfo.class)
                .text(name, "name", 200)
                .optionalText(contact, "contact", 320)
                .range(details.size(), 0, 20, "details.size");
        details.forEach((key, value) -> check.that(
                        key.matches("[a-z0-9_]{1,50}"), "details", "must have names of 1 to 50 characters of a-z 0-9 _")
                .plainText(value, "details", 500));
        check.done();
    }

    public static SellerInfo of(String name, @Nullable WebUrl profileUrl) {
        return new SellerInfo(name, profileUrl, null, Map.of());
    }

    @Override
    public String toString() {
        return "SellerInfo[sensitive]";
    }
}

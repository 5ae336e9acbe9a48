package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An absolute address on the web.
 *
 * @param value {@code http} or {@code https} with a host, without user info, at most 2,048 characters
 *     (<a href="https://www.rfc-editor.org/rfc/rfc3986">RFC 3986</a>)
 */
public record WebUrl(String value) {
    public WebUrl {
        requireNonNull(value, "value");
        URI uri = parse(value);
        Check check = Check.of(WebUrl.class).plainText(value, "value", 2_048);
        check.that(uri != null, "value", "must be an absolute URL (RFC 3986)");
        if (uri != null) {
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            check.that(scheme.equals("http") || scheme.equals("https"), "value", "must begin with http:// or https://");
            check.that(uri.getHost() != null, "value", "must have a host");
            check.that(uri.getRawUserInfo() == null, "value", "must not contain user info");
        }
        check.done();
    }

    public static WebUrl of(String value) {
        return new WebUrl(value);
    }

    private static @Nullable URI parse(String value) {
        try {
            return new URI(value);
        } catch (URISyntaxException notAnAddress) {
            return null;
        }
    }
}

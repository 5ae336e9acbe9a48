package ai.snagr.data.postgres.internal.keyservice;

import ai.snagr.data.SnagrDataException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * How to reach a key service.
 *
 * @param address scheme, host and port, and perhaps a path that comes before all others
 * @param credential what proves who asks; asked for at the first call, and again when it is refused
 * @param tls empty for the trust store of this JVM
 * @param timeout for one attempt
 */
public record HttpSettings(URI address, Supplier<String> credential, Optional<SSLContext> tls, Duration timeout) {
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

    /** CONFIGURATION if the address is no URL, or would carry keys over a network in the clear. */
    public HttpSettings {
        String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
        if (address.getHost() == null || address.getUserInfo() != null || address.getQuery() != null) {
            throw new SnagrDataException.Misconfigured(
                    "The address of a key service must be scheme, host and port, such as"
                            + " https://vault.example.com:8200");
        }
        if (!scheme.equals("https") && !(scheme.equals("http") && LOCAL.contains(address.getHost()))) {
            throw new SnagrDataException.Misconfigured("The key service " + address
                    + " must be reached over https: keys would go over the network in the clear");
        }
        if (timeout.compareTo(Duration.ofMillis(10)) < 0 || timeout.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new SnagrDataException.Misconfigured(
                    "The time limit of a call to a key service must be 10 ms to 1 minute");
        }
    }

    @Override
    public String toString() {
        return String.valueOf(address);
    }
}

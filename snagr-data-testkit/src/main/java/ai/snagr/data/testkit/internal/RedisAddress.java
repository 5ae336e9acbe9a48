package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLDecoder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a Redis is.
 *
 * @param userInfo as it stands in the address, encoded; empty for none
 * @param credentials what AUTH is told: nothing, a password, or a user and a password
 */
record RedisAddress(String host, int port, String userInfo, List<String> credentials) {
    static RedisAddress local(int port) {
        return new RedisAddress("127.0.0.1", port, "", List.of());
    }

    /** @throws IllegalArgumentException if it is no address; it is not repeated, for it may hold a password */
    static RedisAddress parse(String uri) {
        try {
            URI parsed = URI.create(uri);
            if (parsed.getHost() != null && "redis".equals(parsed.getScheme())) {
                String userInfo = Optional.ofNullable(parsed.getRawUserInfo()).orElse("");
                List<String> credentials = Stream.of(userInfo.split(":", 2))
                        .filter(part -> !part.isEmpty())
                        .map(part -> URLDecoder.decode(part, UTF_8))
                        .toList();
                return new RedisAddress(
                        parsed.getHost(), parsed.getPort() < 0 ? 6379 : parsed.getPort(), userInfo, credentials);
            }
        } catch (IllegalArgumentException noAddress) {
            // Its message would repeat the address.
        }
        throw new IllegalArgumentException(RedisServer.SETTING + " must look like redis://host:port");
    }

    String uri(int database) {
        return "redis://" + (userInfo.isEmpty() ? "" : userInfo + "@") + host + ":" + port + "/" + database;
    }

    @Override
    public String toString() {
        return "redis://" + host + ":" + port;
    }
}

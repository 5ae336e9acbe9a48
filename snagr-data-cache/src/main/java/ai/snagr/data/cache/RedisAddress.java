package ai.snagr.data.cache;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a Redis is. Unless it is on this machine ({@code localhost}, {@code 127.0.0.0/8}, {@code ::1}), it is reached over
 * TLS and must prove its name.
 *
 * @param uri {@code rediss://user:password@host:port/database}, or {@code redis://…} on this machine
 * @param authority a file with the certificates (PEM) of who may have signed the server's; empty for those that the JVM
 *     trusts
 * @param plaintext why the connection may be less than verified TLS if the URI says so, 1 to 500 characters; empty if it
 *     may not
 */
public record RedisAddress(String uri, Optional<Path> authority, Optional<String> plaintext) {
    private static final int LONGEST_REASON = 500;

    /** INVALID_INPUT if the URI is none of Redis, or the reason is blank or too long. */
    public RedisAddress {
        requireNonNull(uri, "uri");
        requireNonNull(authority, "authority");
        requireNonNull(plaintext, "plaintext");
        if (!isRedis(uri)) {
            throw invalid(new Problem("redis", "must be redis://host:port or rediss://host:port"));
        }
        if (plaintext
                .filter(reason -> reason.isBlank() || reason.length() > LONGEST_REASON)
                .isPresent()) {
            throw invalid(new Problem("plaintext", "must be a reason of 1 to " + LONGEST_REASON + " characters"));
        }
    }

    /** That address, with the authorities of the JVM. */
    public static RedisAddress of(String uri) {
        return new RedisAddress(uri, Optional.empty(), Optional.empty());
    }

    /** The same, whose certificate must be signed by an authority of this file (PEM) instead of one of the JVM's. */
    public RedisAddress trusting(Path file) {
        return new RedisAddress(uri, Optional.of(file), plaintext);
    }

    /**
     * The same, where {@code redis://}, or a {@code verifyPeer} below {@code FULL}, may stand although it leads to another
     * machine: what goes over that network can then be read, or answered by somebody else.
     *
     * @param reason what protects that network instead, 1 to 500 characters
     */
    public RedisAddress allowPlaintext(String reason) {
        return new RedisAddress(uri, authority, Optional.of(reason));
    }

    /** Without the URI, which may hold a password. */
    @Override
    public String toString() {
        return "RedisAddress[" + (uri.startsWith("rediss:") ? "TLS" : "plain") + "]";
    }

    private static boolean isRedis(String uri) {
        try {
            URI parsed = URI.create(uri);
            return ("redis".equals(parsed.getScheme()) || "rediss".equals(parsed.getScheme()))
                    && parsed.getHost() != null;
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    private static SnagrDataException invalid(Problem problem) {
        return new SnagrDataException.InvalidInput("RedisAddress", List.of(problem));
    }
}

package ai.snagr.data.spi;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.internal.Check;
import java.util.Optional;

/**
 * Where a store is, and as whom to reach it.
 *
 * @param jdbcUrl {@code jdbc:postgresql://host:port/database}
 * @param user the login that owns the schema
 * @param password its password; {@code toString} does not print it
 * @param plaintext why the connection may be less than verified TLS if the URL says so, 1 to 500 characters; empty if it
 *     may not
 */
public record StoreAddress(String jdbcUrl, String user, String password, Optional<String> plaintext) {
    /** INVALID_INPUT if the reason is blank or too long. */
    public StoreAddress {
        requireNonNull(jdbcUrl, "jdbcUrl");
        requireNonNull(user, "user");
        requireNonNull(password, "password");
        plaintext.ifPresent(reason ->
                Check.of(StoreAddress.class).text(reason, "plaintext", 500).done());
    }

    /** An address that is reached over verified TLS, unless it is on this machine. */
    public StoreAddress(String jdbcUrl, String user, String password) {
        this(jdbcUrl, user, password, Optional.empty());
    }

    /** The same address for another login. */
    public StoreAddress as(String otherUser, String otherPassword) {
        return new StoreAddress(jdbcUrl, otherUser, otherPassword, plaintext);
    }

    /**
     * The same address, which may be reached in the clear, or over TLS that does not say who answers, if its URL says so.
     *
     * @throws SnagrDataException INVALID_INPUT if the reason has not 1 to 500 characters
     */
    public StoreAddress allowPlaintext(String reason) {
        return new StoreAddress(jdbcUrl, user, password, Optional.of(reason));
    }

    @Override
    public String toString() {
        return "StoreAddress[user=" + user + "]";
    }
}

package ai.snagr.data.spi;

import static java.util.Objects.requireNonNull;

/**
 * Where a store is, and as whom to reach it.
 *
 * @param jdbcUrl {@code jdbc:postgresql://host:port/database}
 * @param user the login that owns the schema
 * @param password its password; {@code toString} does not print it
 */
public record StoreAddress(String jdbcUrl, String user, String password) {
    public StoreAddress {
        requireNonNull(jdbcUrl, "jdbcUrl");
        requireNonNull(user, "user");
        requireNonNull(password, "password");
    }

    @Override
    public String toString() {
        return "StoreAddress[user=" + user + "]";
    }
}

package ai.snagr.data.spi;

import ai.snagr.data.SnagrDataException;

/** What a {@code SnagrData} offers beyond its sessions to a cache that is put before it. */
public interface CacheableStore {
    /** Which installation this is; part of every shared key, so that two installations may use one Redis. */
    String deployment();

    /** The holder of the keys, for a cache to wrap its own. It stays the store's to close. */
    KeyProvider keys();

    /**
     * Puts on record that a cache reaches its server, on another machine, otherwise than over verified TLS.
     *
     * @param host where that server is
     * @param reason why it was allowed, 1 to 500 characters
     * @throws SnagrDataException if it could not be written: then that server must not be used
     */
    void recordPlaintext(String host, String reason);
}

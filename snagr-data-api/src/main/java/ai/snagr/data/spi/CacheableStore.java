package ai.snagr.data.spi;

/** What a {@code SnagrData} offers beyond its sessions to a cache that is put before it. */
public interface CacheableStore {
    /** Which installation this is; part of every shared key, so that two installations may use one Redis. */
    String deployment();

    /** The holder of the keys, for a cache to wrap its own. It stays the store's to close. */
    KeyProvider keys();
}

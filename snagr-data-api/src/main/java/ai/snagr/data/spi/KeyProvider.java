package ai.snagr.data.spi;

import ai.snagr.data.SnagrDataException;

/**
 * Holds the key encryption keys, which never leave it. Thread-safe. {@code Keys} of the PostgreSQL module makes the usual
 * ones; a host may bring its own.
 */
public interface KeyProvider extends AutoCloseable {
    /**
     * The newest key for that purpose, with which new keys are wrapped.
     *
     * @throws SnagrDataException CONFIGURATION if there is none
     */
    KeyRef current(KeyPurpose purpose);

    /**
     * The key, encrypted under {@code kek} and bound to the context.
     *
     * @throws SnagrDataException UNAVAILABLE (retryable) if the holder of the keys does not answer
     */
    WrappedKey wrap(KeyRef kek, SecretBytes key, KeyContext context);

    /**
     * The key itself, for the caller to close.
     *
     * @throws SnagrDataException UNREADABLE if the context, the version or the bytes are not those that were wrapped;
     *     UNAVAILABLE (retryable) if the holder of the keys does not answer
     */
    SecretBytes unwrap(WrappedKey wrapped, KeyContext context);

    /** Overwrites what is held in memory. */
    @Override
    void close();
}

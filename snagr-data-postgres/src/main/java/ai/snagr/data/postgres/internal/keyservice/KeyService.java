package ai.snagr.data.postgres.internal.keyservice;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.WrappedKey;
import java.time.Instant;

/**
 * What differs from one key service to the next; the rest is {@link RemoteKeys}. Thread-safe. The errors are those of
 * {@link ai.snagr.data.spi.KeyProvider}. Arrays belong to whoever receives them.
 */
public interface KeyService extends AutoCloseable {
    /**
     * The version that new keys are wrapped with.
     *
     * @throws SnagrDataException CONFIGURATION if there is no key for that purpose
     */
    int newest(KeyPurpose purpose);

    byte[] encrypt(KeyRef kek, byte[] key, KeyContext context);

    byte[] decrypt(WrappedKey wrapped, KeyContext context);

    /**
     * The same key, wrapped by another version.
     *
     * @param to of the same purpose
     */
    byte[] reencrypt(WrappedKey wrapped, KeyRef to, KeyContext context);

    /**
     * The state of that version.
     *
     * @throws SnagrDataException CONFIGURATION if there never was such a version
     */
    KeyState state(KeyRef ref);

    /**
     * Makes the version refuse, until it is enabled again.
     *
     * @param ref enabled, and not the newest
     */
    void disable(KeyRef ref);

    /**
     * Makes the version serve again.
     *
     * @param ref neither enabled nor destroyed
     */
    void enable(KeyRef ref);

    /**
     * Destroys the version, at that time or later.
     *
     * @param ref not destroyed, its destruction not scheduled, and not the newest
     * @return its state now
     */
    KeyState destroy(KeyRef ref, Instant notBefore);

    @Override
    void close();
}

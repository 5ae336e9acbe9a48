package ai.snagr.data.spi;

import ai.snagr.data.SnagrDataException;
import java.time.Instant;

/**
 * Holds the key encryption keys, which never leave it. Thread-safe. {@code Keys} of the PostgreSQL module makes the usual
 * ones; a host may bring its own, and {@code KeyProviderContract} of the testkit says whether it does what is said here.
 *
 * <p>Every method fails with UNAVAILABLE (retryable) if the holder of the keys does not answer in time or is overloaded,
 * with CONFIGURATION if it refuses this process or answers what nobody can understand, and with
 * {@link IllegalStateException} after {@link #close}. No failure, and no {@code toString}, holds a key, a wrapped key or a
 * credential.
 */
public interface KeyProvider extends AutoCloseable {
    /**
     * The newest key for that purpose, with which new keys are wrapped. It is enabled. A version that was added elsewhere
     * may take a minute to be seen.
     *
     * @throws SnagrDataException CONFIGURATION if there is none
     */
    KeyRef current(KeyPurpose purpose);

    /**
     * The key, encrypted under {@code kek} and bound to the context.
     *
     * @param key 1 to 4,096 bytes; stays the caller's
     * @throws SnagrDataException CONFIGURATION if {@code kek} is unknown or not enabled
     */
    WrappedKey wrap(KeyRef kek, SecretBytes key, KeyContext context);

    /**
     * The key itself, for the caller to close.
     *
     * @throws SnagrDataException UNREADABLE if the purpose, the context or the bytes are not those that were wrapped, or
     *     the version is unknown or not enabled: which of these, it does not say
     */
    SecretBytes unwrap(WrappedKey wrapped, KeyContext context);

    /**
     * The same key under another version, for the same context; inside the holder of the keys where it can do that. The
     * old form stays readable as long as its version is enabled.
     *
     * @param to of the same purpose
     * @throws SnagrDataException UNREADABLE as {@link #unwrap}, CONFIGURATION as {@link #wrap}
     * @throws IllegalArgumentException if the purposes differ
     */
    WrappedKey rewrap(WrappedKey wrapped, KeyRef to, KeyContext context);

    /**
     * What may be done with that version.
     *
     * @throws SnagrDataException CONFIGURATION if there never was one
     */
    KeyState state(KeyRef ref);

    /**
     * Stops the use of that version, until {@link #enable}. A holder that knows only a least usable version, such as Vault,
     * disables all older ones with it. Repeating it changes nothing.
     *
     * @throws SnagrDataException CONFIGURATION if the version is unknown, destroyed or the newest, or this provider may
     *     not change its keys
     */
    void disable(KeyRef ref);

    /**
     * Takes {@link #disable} back, and a destruction that is only scheduled; where the holder knows only a least usable
     * version, for all newer ones as well. Repeating it changes nothing.
     *
     * @throws SnagrDataException CONFIGURATION if the version is unknown or destroyed, or this provider may not change its
     *     keys
     */
    void enable(KeyRef ref);

    /**
     * Destroys that version, and with it everything that is still wrapped by it: rewrap what must stay before. A
     * holder that knows only a least usable version, such as Vault, destroys all older ones with it. A holder
     * that destroys at a time of its own is told to do so; another one disables the version until {@code notBefore}, and
     * destroys it when it is asked again from then on.
     *
     * @return what came of it: DESTROYED, DESTRUCTION_SCHEDULED, or DISABLED if it must be asked again
     * @throws SnagrDataException CONFIGURATION if the version is unknown or the newest, or this provider may not change its
     *     keys
     */
    KeyState destroy(KeyRef ref, Instant notBefore);

    /** Overwrites what is held in memory. */
    @Override
    void close();
}

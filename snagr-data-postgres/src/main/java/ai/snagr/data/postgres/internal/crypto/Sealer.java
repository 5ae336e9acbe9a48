package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Seals and opens the values of sealed columns; the door of this package. Thread-safe.
 *
 * <p>Every user has a random key of 32 bytes, which is stored wrapped under a root key of the {@link KeyProvider}. From it
 * one key per column is derived, and from that one key per record ({@link RecordFormat}). A value opens only in the row,
 * column and deployment for which it was sealed, and only with the key of its user.
 */
public final class Sealer implements AutoCloseable {
    /** About 3 MB when full. */
    private static final int MAX_CACHED_KEYS = 4_096;

    private static final List<KeyUse> KEY_USES = Stream.<KeyUse>concat(
                    Stream.of(SealedColumn.values()), Stream.of(MatchKeyUse.values()))
            .toList();

    private final KeyProvider keys;
    private final UUID deployment;
    private final SecureRandom random;
    private final Contexts contexts;
    private final Engines engines = new Engines();
    private final RecordFormat format;
    private final KeyCache cache;

    /**
     * @param keys stays the caller's, who closes it after this object
     * @param deployment the installation's id, part of the context of every record
     * @throws SnagrDataException CONFIGURATION if this Java runtime or class path is not fit for cryptography
     */
    public Sealer(KeyProvider keys, UUID deployment) {
        this(keys, deployment, new SecureRandom(), InstantSource.system(), System::nanoTime, MAX_CACHED_KEYS);
    }

    Sealer(
            KeyProvider keys,
            UUID deployment,
            SecureRandom random,
            InstantSource clock,
            LongSupplier nanoTime,
            int maxCachedKeys) {
        this.keys = requireNonNull(keys, "keys");
        this.deployment = requireNonNull(deployment, "deployment");
        this.contexts = new Contexts(deployment);
        this.random = random;
        this.format = new RecordFormat(engines, random, clock);
        this.cache = new KeyCache(maxCachedKeys, nanoTime, this::unwrap);
    }

    /**
     * The id of the key under which a record was sealed, to find the row of that key. Not yet proven.
     *
     * @throws SnagrDataException UNREADABLE if the bytes do not have the form of a record
     */
    public static int keyId(byte[] sealed) {
        return RecordFormat.keyId(sealed);
    }

    /**
     * Whether a record says that it is sealed under the key of a match, which only its batch or a grant gives. Not yet
     * proven.
     *
     * @throws SnagrDataException UNREADABLE if the bytes do not have the form of a record
     */
    public static boolean isLocked(byte[] sealed) {
        return RecordFormat.isOfAMatch(sealed);
    }

    /**
     * A first key for that user, wrapped under the newest root key, to be stored. Two callers at the same time get two
     * different keys of the same id: store one with {@code on conflict do nothing} and read which one it is.
     *
     * @throws SnagrDataException UNAVAILABLE (retryable) if the holder of the root keys does not answer
     */
    public NewSubjectKey newSubjectKey(UserId user) {
        byte[] fresh = new byte[Engine.KEY_LENGTH];
        random.nextBytes(fresh);
        try (SecretBytes secret = SecretBytes.owning(fresh)) {
            WrappedKey wrapped =
                    keys.wrap(keys.current(KeyPurpose.SUBJECT), secret, context(user, NewSubjectKey.FIRST_KEY_ID));
            return new NewSubjectKey(user, NewSubjectKey.FIRST_KEY_ID, wrapped);
        }
    }

    /**
     * The user's key, ready to use. It needs no closing: the key itself is in a cache, for at most a minute at a time.
     *
     * @throws SnagrDataException UNREADABLE if the wrapped key is not this user's, of this id and deployment; UNAVAILABLE
     *     (retryable) if the holder of the root keys does not answer
     */
    public SubjectKey open(UserId user, int keyId, WrappedKey wrapped) {
        KeyCache.Name name = new KeyCache.Name(user, keyId, wrapped);
        cache.enter(name).leave();
        return new SubjectKey(name, contexts, format, engines, random, cache);
    }

    /** Overwrites the keys of users; those in use, as soon as their operation ends. Keys opened before are of no use then. */
    @Override
    public void close() {
        cache.close();
    }

    private KeyRing<KeyUse> unwrap(KeyCache.Name name) {
        try (SecretBytes secret = keys.unwrap(name.wrapped(), context(name.user(), name.keyId()))) {
            byte[] bytes = secret.expose();
            try (Engine engine = engines.start()) {
                if (bytes.length != Engine.KEY_LENGTH) {
                    throw new SnagrDataException.Unreadable();
                }
                Map<KeyUse, FieldKey> derived = new HashMap<>();
                for (KeyUse use : KEY_USES) {
                    derived.put(use, FieldKey.derive(engine, bytes, use.info()));
                }
                return new KeyRing<>(derived);
            } finally {
                Arrays.fill(bytes, (byte) 0);
            }
        }
    }

    /** The id is part of it, so that the wrapped keys of one user cannot be exchanged. */
    private KeyContext context(UserId user, int keyId) {
        return new KeyContext(deployment.toString(), user + "/" + keyId);
    }
}

package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.user.UserId;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The key of one user, by which his values are sealed and opened. It holds no key, only the name of one in the cache: it
 * may be kept as long as the {@link Sealer} is open. Thread-safe.
 */
public final class SubjectKey {
    private final KeyCache.Name name;
    private final Contexts contexts;
    private final RecordFormat format;
    private final Engines engines;
    private final SecureRandom random;
    private final KeyCache cache;

    SubjectKey(
            KeyCache.Name name,
            Contexts contexts,
            RecordFormat format,
            Engines engines,
            SecureRandom random,
            KeyCache cache) {
        this.name = name;
        this.contexts = contexts;
        this.format = format;
        this.engines = engines;
        this.random = random;
        this.cache = cache;
    }

    public UserId user() {
        return name.user();
    }

    public int keyId() {
        return name.keyId();
    }

    /**
     * The record that holds the value, for that place only.
     *
     * @param context of this user
     * @param value up to 1 MiB; stays the caller's
     */
    public byte[] seal(FieldContext context, byte[] value) {
        if (!context.user().equals(name.user())) {
            throw new IllegalArgumentException("A value of one user is not sealed with the key of another");
        }
        KeyRing<KeyUse> ring = cache.enter(name);
        try {
            return format.seal(
                    key(ring, context.column()),
                    name.keyId(),
                    contexts.encode(context),
                    context.column().minimumPadding(),
                    value);
        } finally {
            ring.leave();
        }
    }

    /**
     * The value that the record holds.
     *
     * @throws SnagrDataException UNREADABLE if the record was not sealed with this key for that place, or was altered
     */
    public byte[] open(FieldContext context, byte[] sealed) {
        KeyRing<KeyUse> ring = cache.enter(name);
        try {
            return format.open(key(ring, context.column()), name.keyId(), contexts.encode(context), sealed);
        } finally {
            ring.leave();
        }
    }

    /** A new batch of this user, for the caller to close. */
    public Batch newBatch(BatchContext context) {
        if (!context.user().equals(name.user())) {
            throw new IllegalArgumentException("A batch of one user is not made with the key of another");
        }
        byte[] key = new byte[Engine.KEY_LENGTH];
        random.nextBytes(key);
        return new Batch(this, context, key);
    }

    /**
     * The key of the match that was paid for, for the caller to close.
     *
     * @throws SnagrDataException UNREADABLE if it was not granted to this user, for this match, payment and these bytes
     */
    public MatchKey open(GrantContext context, byte[] granted) {
        KeyRing<KeyUse> ring = cache.enter(name);
        try {
            byte[] key = format.open(key(ring, MatchKeyUse.GRANTS), name.keyId(), contexts.encode(context), granted);
            if (key.length != Engine.KEY_LENGTH) {
                throw new SnagrDataException.Unreadable();
            }
            return matchKey(key);
        } finally {
            ring.leave();
        }
    }

    /** The record by which {@link #open(GrantContext, byte[])} gets the key of that match. */
    byte[] grant(GrantContext context, BatchContext batch, byte[] batchKey) {
        KeyRing<KeyUse> ring = cache.enter(name);
        byte[] key = derive(ring, batch, context.matchRow(), batchKey);
        try {
            return format.seal(
                    key(ring, MatchKeyUse.GRANTS),
                    name.keyId(),
                    contexts.encode(context),
                    Padding.SMALLEST_BUCKET,
                    key);
        } finally {
            Arrays.fill(key, (byte) 0);
            ring.leave();
        }
    }

    MatchKey matchKey(BatchContext batch, RowKey row, byte[] batchKey) {
        KeyRing<KeyUse> ring = cache.enter(name);
        try {
            return matchKey(derive(ring, batch, row, batchKey));
        } finally {
            ring.leave();
        }
    }

    byte[] seal(LockPublicKey lock, BatchContext batch, byte[] batchKey) {
        KeyRing<KeyUse> ring = cache.enter(name);
        try {
            byte[] psk = key(ring, MatchKeyUse.BATCHES).key();
            return BatchLock.seal(lock, psk, pskId(), contexts.encode(batch), batchKey);
        } finally {
            ring.leave();
        }
    }

    /** The key of that batch, for the caller to overwrite. */
    byte[] open(int lockVersion, byte[] lockSeed, BatchContext batch, byte[] sealed) {
        KeyRing<KeyUse> ring = cache.enter(name);
        try {
            byte[] psk = key(ring, MatchKeyUse.BATCHES).key();
            return BatchLock.open(lockVersion, lockSeed, psk, pskId(), contexts.encode(batch), sealed);
        } finally {
            ring.leave();
        }
    }

    private byte[] derive(KeyRing<KeyUse> ring, BatchContext batch, RowKey row, byte[] batchKey) {
        byte[] derived = new byte[Engine.KEY_LENGTH];
        try (Engine engine = engines.start()) {
            engine.hkdf(batchKey, key(ring, MatchKeyUse.MATCHES).key(), contexts.match(batch, row), derived);
        }
        return derived;
    }

    /** Takes over the key. */
    private MatchKey matchKey(byte[] key) {
        try (Engine engine = engines.start()) {
            return new MatchKey(FieldKey.ofMatch(engine, key), name.keyId(), contexts, format);
        }
    }

    private byte[] pskId() {
        return ByteBuffer.allocate(20)
                .put(Bytes.of(name.user().value()))
                .putInt(name.keyId())
                .array();
    }

    private static FieldKey key(KeyRing<KeyUse> ring, KeyUse use) {
        return requireNonNull(ring.get(use), "a key for every use");
    }

    @Override
    public String toString() {
        return "SubjectKey[user=" + name.user() + ", keyId=" + name.keyId() + "]";
    }
}

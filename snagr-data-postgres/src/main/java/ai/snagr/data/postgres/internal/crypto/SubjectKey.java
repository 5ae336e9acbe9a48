package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.user.UserId;

/**
 * The key of one user, by which his values are sealed and opened. It holds no key, only the name of one in the cache: it
 * may be kept as long as the {@link Sealer} is open. Thread-safe.
 */
public final class SubjectKey {
    private final KeyCache.Name name;
    private final Contexts contexts;
    private final RecordFormat format;
    private final KeyCache cache;

    SubjectKey(KeyCache.Name name, Contexts contexts, RecordFormat format, KeyCache cache) {
        this.name = name;
        this.contexts = contexts;
        this.format = format;
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
        KeyRing<SealedColumn> ring = cache.enter(name);
        try {
            return format.seal(
                    key(ring, context),
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
        KeyRing<SealedColumn> ring = cache.enter(name);
        try {
            return format.open(key(ring, context), name.keyId(), contexts.encode(context), sealed);
        } finally {
            ring.leave();
        }
    }

    private static FieldKey key(KeyRing<SealedColumn> ring, FieldContext context) {
        return requireNonNull(ring.get(context.column()), "a key for every column");
    }

    @Override
    public String toString() {
        return "SubjectKey[user=" + name.user() + ", keyId=" + name.keyId() + "]";
    }
}

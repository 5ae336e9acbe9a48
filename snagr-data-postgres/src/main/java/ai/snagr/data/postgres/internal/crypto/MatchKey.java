package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.SnagrDataException;

/** The key of one match, by which its two sealed values are sealed and opened, until it is closed. For one thread. */
public final class MatchKey implements AutoCloseable {
    private final FieldKey key;
    private final int keyId;
    private final Contexts contexts;
    private final RecordFormat format;

    /** @param keyId of the user's key that it follows from */
    MatchKey(FieldKey key, int keyId, Contexts contexts, RecordFormat format) {
        this.key = key;
        this.keyId = keyId;
        this.contexts = contexts;
        this.format = format;
    }

    /**
     * The record that holds the value, for that place only.
     *
     * @param context of this match
     * @param value up to 1 MiB; stays the caller's
     */
    public byte[] seal(FieldContext context, byte[] value) {
        return format.seal(
                key, keyId, contexts.encode(context), context.column().minimumPadding(), value);
    }

    /**
     * The value that the record holds.
     *
     * @throws SnagrDataException UNREADABLE if the record was not sealed with this key for that place, or was altered
     */
    public byte[] open(FieldContext context, byte[] sealed) {
        return format.open(key, keyId, contexts.encode(context), sealed);
    }

    @Override
    public void close() {
        key.wipe();
    }

    @Override
    public String toString() {
        return "MatchKey[keyId=" + keyId + "]";
    }
}

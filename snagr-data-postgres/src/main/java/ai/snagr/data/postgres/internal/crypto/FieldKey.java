package ai.snagr.data.postgres.internal.crypto;

import java.util.Arrays;

/** The key of one column of one user, or of one match, and the key that hedges its salts. */
final class FieldKey {
    private static final byte[] HEDGE = Bytes.ascii("hedge");

    private final byte[] key;
    private final byte[] hedge = new byte[Engine.KEY_LENGTH];
    private final int flags;

    /** Takes over the array. */
    private FieldKey(Engine engine, byte[] key, int flags) {
        this.key = key;
        this.flags = flags;
        engine.expand(key, HEDGE, hedge);
    }

    /** HKDF-SHA-256 of the secret, for that use only. */
    static FieldKey derive(Engine engine, byte[] secret, byte[]... use) {
        return new FieldKey(engine, engine.hkdf(secret, Bytes.join(use)), RecordFormat.OF_A_USER);
    }

    /** The key of a match, which it takes over. */
    static FieldKey ofMatch(Engine engine, byte[] key) {
        return new FieldKey(engine, key, RecordFormat.OF_A_MATCH);
    }

    /** A key that wraps keys, which it takes over. */
    static FieldKey ofWrapping(Engine engine, byte[] key) {
        return new FieldKey(engine, key, RecordFormat.OF_A_USER);
    }

    /** Which kind of key it is, as records say it. */
    int flags() {
        return flags;
    }

    byte[] key() {
        return key;
    }

    byte[] hedge() {
        return hedge;
    }

    void wipe() {
        Arrays.fill(key, (byte) 0);
        Arrays.fill(hedge, (byte) 0);
    }
}

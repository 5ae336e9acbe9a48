package ai.snagr.data.postgres.internal.crypto;

import java.util.Arrays;

/** The key of one column of one user, and the key that hedges its salts. Held by a {@link KeyRing}. */
final class FieldKey {
    private static final byte[] HEDGE = Bytes.ascii("hedge");

    private final byte[] key;
    private final byte[] hedge = new byte[Engine.KEY_LENGTH];

    /** Takes over the array. */
    private FieldKey(Engine engine, byte[] key) {
        this.key = key;
        engine.expand(key, HEDGE, hedge);
    }

    /** HKDF-SHA-256 of the secret, for that use only. */
    static FieldKey derive(Engine engine, byte[] secret, byte[]... use) {
        return new FieldKey(engine, engine.hkdf(secret, Bytes.join(use)));
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

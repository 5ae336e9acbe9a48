package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.spi.KeyState;

/** A key that wraps, on its way to {@link LocalKeys}. */
@SuppressWarnings("ArrayRecordComponent") // is passed on, and never compared
record LocalKey(KeyState state, byte[] bytes) {
    /** The key, with the array, which belongs to it from now on. */
    FieldKey take(Engine engine) {
        return FieldKey.ofWrapping(engine, bytes);
    }

    @Override
    public String toString() {
        return "LocalKey[" + state + "]";
    }
}

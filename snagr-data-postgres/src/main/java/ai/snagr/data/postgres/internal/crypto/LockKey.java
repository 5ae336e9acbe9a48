package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.spi.WrappedKey;

/** A row of {@code lock_keys}: the public half, and the private one as only the unlocker's keys unwrap it. */
public record LockKey(LockPublicKey publicKey, WrappedKey wrapped) {
    public LockKey {
        requireNonNull(publicKey, "publicKey");
        requireNonNull(wrapped, "wrapped");
    }

    public int version() {
        return publicKey.version();
    }
}

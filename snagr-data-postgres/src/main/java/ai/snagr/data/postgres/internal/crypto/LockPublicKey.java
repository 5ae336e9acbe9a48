package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.SnagrDataException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The public half of a lock key: seals the keys of batches and opens none. */
public final class LockPublicKey {
    private final int version;
    private final byte[] bytes;

    /**
     * @param version from 1; a higher one is newer
     * @param bytes an X-Wing public key, 1,216 bytes
     * @throws SnagrDataException UNREADABLE if it has another length or version
     */
    public LockPublicKey(int version, byte[] bytes) {
        if (version < 1 || bytes.length != BatchLock.PUBLIC_LENGTH) {
            throw new SnagrDataException.Unreadable();
        }
        this.version = version;
        this.bytes = bytes.clone();
    }

    public int version() {
        return version;
    }

    /** A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** SHA-256 of it in hexadecimal, by which people tell it from another. */
    public String fingerprint() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java runtime has SHA-256", impossible);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LockPublicKey that && version == that.version && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * version + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "LockPublicKey[version=" + version + ", " + fingerprint() + "]";
    }
}

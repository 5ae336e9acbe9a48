package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * HMAC-SHA-256, HKDF-SHA-256 and AES-256-GCM on SHA-256 and AES-GCM of the Java runtime, for one operation of one thread. Made
 * by {@link Engines}.
 *
 * <p>{@link Cipher} keeps copies of its key, and of what was derived from it, also after the key itself is overwritten. So it
 * is not kept for later: a new cipher costs less than giving the old one a key of zeros, which is the only way to make it
 * forget. The runtime's {@code Mac} does the same, and leaves as much garbage as all hashes of a record; hence HMAC is built
 * here, from a digest and one block that is overwritten.
 */
final class Engine implements AutoCloseable {
    static final int KEY_LENGTH = 32;
    static final int TAG_LENGTH = 16;

    private static final int BLOCK_LENGTH = 64;
    private static final byte INNER = 0x36;
    private static final byte OUTER = 0x5c;

    private static final byte[] NOTHING = {};
    private static final byte[] ZEROS = new byte[KEY_LENGTH];
    /** A key encrypts once, so that the nonce needs no value. */
    private static final GCMParameterSpec ZERO_NONCE = new GCMParameterSpec(8 * TAG_LENGTH, new byte[12]);

    private final MessageDigest sha256;
    private final Cipher gcm;
    private final byte[] block = new byte[BLOCK_LENGTH];
    private final RawKey gcmKey = new RawKey();

    Engine(MessageDigest sha256, Cipher gcm) {
        this.sha256 = sha256;
        this.gcm = gcm;
    }

    /** HMAC-SHA-256 of the parts, one after another (RFC 2104). */
    byte[] hmac(byte[] key, byte[]... parts) {
        byte[] tag = new byte[KEY_LENGTH];
        hmacInto(tag, key, parts);
        return tag;
    }

    /** 32 bytes of HKDF-SHA-256 without a salt (RFC 5869). */
    byte[] hkdf(byte[] keyMaterial, byte[] info) {
        byte[] derived = new byte[KEY_LENGTH];
        hkdf(keyMaterial, ZEROS, info, derived);
        return derived;
    }

    /** Fills both halves with 64 bytes of HKDF-SHA-256 (RFC 5869), or more or fewer of them with 32 bytes each. */
    void hkdf(byte[] keyMaterial, byte[] salt, byte[] info, byte[]... blocks) {
        byte[] pseudorandomKey = hmac(salt, keyMaterial);
        expand(pseudorandomKey, info, blocks);
        Arrays.fill(pseudorandomKey, (byte) 0);
    }

    /** Fills the blocks of 32 bytes with HKDF-Expand (RFC 5869, section 2.3). */
    void expand(byte[] pseudorandomKey, byte[] info, byte[]... blocks) {
        byte[] counter = new byte[1];
        byte[] previous = NOTHING;
        for (byte[] next : blocks) {
            counter[0]++;
            hmacInto(next, pseudorandomKey, previous, info, counter);
            previous = next;
        }
    }

    /** Encrypts in place, and writes the tag after the text. */
    void encrypt(byte[] key, byte[] text, int offset, int length) {
        gcmKey.bytes = key;
        try {
            gcm.init(Cipher.ENCRYPT_MODE, gcmKey, ZERO_NONCE);
            gcm.doFinal(text, offset, length, text, offset);
        } catch (GeneralSecurityException impossible) {
            throw refused(impossible);
        }
    }

    /** Whether the bytes and the tag that ends them are of that key; if so, {@code text} holds what they encrypt. */
    boolean decrypt(byte[] key, byte[] sealed, int offset, byte[] text) {
        gcmKey.bytes = key;
        try {
            gcm.init(Cipher.DECRYPT_MODE, gcmKey, ZERO_NONCE);
            gcm.doFinal(sealed, offset, text.length + TAG_LENGTH, text, 0);
            return true;
        } catch (AEADBadTagException altered) {
            return false;
        } catch (GeneralSecurityException impossible) {
            throw refused(impossible);
        }
    }

    /** Overwrites the copies of the last key that can be overwritten. */
    @Override
    public void close() {
        sha256.reset();
        Arrays.fill(block, (byte) 0);
        gcmKey.bytes = ZEROS;
    }

    private void hmacInto(byte[] tag, byte[] key, byte[]... parts) {
        byte[] fitting = key.length <= BLOCK_LENGTH ? key : sha256.digest(key);
        try {
            begin(fitting, INNER);
            for (byte[] part : parts) {
                sha256.update(part);
            }
            sha256.digest(tag, 0, KEY_LENGTH);
            begin(fitting, OUTER);
            sha256.update(tag);
            sha256.digest(tag, 0, KEY_LENGTH);
        } catch (GeneralSecurityException impossible) {
            throw refused(impossible);
        }
    }

    private void begin(byte[] key, byte pad) {
        for (int i = 0; i < BLOCK_LENGTH; i++) {
            block[i] = (byte) (i < key.length ? key[i] ^ pad : pad);
        }
        sha256.update(block);
    }

    static SnagrDataException refused(GeneralSecurityException cause) {
        return new SnagrDataException.Failed(
                ErrorCode.INTERNAL, false, "This Java runtime refused SHA-256 or AES/GCM/NoPadding", cause);
    }

    /** Shows a key to the runtime without the copy that a {@code SecretKeySpec} would keep. */
    private static final class RawKey implements SecretKey {
        private static final long serialVersionUID = 1L;

        private transient byte[] bytes = ZEROS;

        @Override
        public String getAlgorithm() {
            return "AES";
        }

        @Override
        public String getFormat() {
            return "RAW";
        }

        /** A copy, which the runtime overwrites after use. */
        @Override
        public byte[] getEncoded() {
            return bytes.clone();
        }

        private void writeObject(ObjectOutputStream out) throws NotSerializableException {
            throw new NotSerializableException(RawKey.class.getName());
        }
    }
}

package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * HMAC-SHA-256, HKDF-SHA-256 and AES-256-GCM of the Java runtime, for one operation of one thread. Made by {@link Engines}.
 *
 * <p>{@link Mac} and {@link Cipher} keep copies of their key, and of what was derived from it, also after the key itself is
 * overwritten. So neither is kept for later: a new cipher costs less than giving the old one a key of zeros, which is the
 * only way to make it forget.
 */
final class Engine implements AutoCloseable {
    static final int KEY_LENGTH = 32;
    static final int TAG_LENGTH = 16;

    private static final byte[] ZEROS = new byte[KEY_LENGTH];
    /** A key encrypts once, so that the nonce needs no value. */
    private static final GCMParameterSpec ZERO_NONCE = new GCMParameterSpec(8 * TAG_LENGTH, new byte[12]);

    private final Mac mac;
    private final Cipher gcm;
    private final RawKey macKey = new RawKey("HmacSHA256");
    private final RawKey gcmKey = new RawKey("AES");

    Engine(Mac mac, Cipher gcm) {
        this.mac = mac;
        this.gcm = gcm;
    }

    /** HMAC-SHA-256 of the parts, one after another (RFC 2104). */
    byte[] hmac(byte[] key, byte[]... parts) {
        byte[] tag = new byte[KEY_LENGTH];
        start(key);
        finish(tag, parts);
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
        start(pseudorandomKey);
        byte[] counter = new byte[1];
        byte[] previous = new byte[0];
        for (byte[] block : blocks) {
            counter[0]++;
            finish(block, previous, info, counter);
            previous = block;
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

    /** Overwrites the copies of the last key that the runtime offers to overwrite. */
    @Override
    public void close() {
        start(ZEROS);
        gcmKey.bytes = ZEROS;
    }

    private void start(byte[] key) {
        macKey.bytes = key;
        try {
            mac.init(macKey);
        } catch (GeneralSecurityException impossible) {
            throw refused(impossible);
        }
    }

    private void finish(byte[] tag, byte[]... parts) {
        for (byte[] part : parts) {
            mac.update(part);
        }
        try {
            mac.doFinal(tag, 0);
        } catch (GeneralSecurityException impossible) {
            throw refused(impossible);
        }
    }

    static SnagrDataException refused(GeneralSecurityException cause) {
        return new SnagrDataException.Failed(
                ErrorCode.INTERNAL, false, "This Java runtime refused HmacSHA256 or AES/GCM/NoPadding", cause);
    }

    /** Shows a key to the runtime without the copy that a {@code SecretKeySpec} would keep. */
    private static final class RawKey implements SecretKey {
        private static final long serialVersionUID = 1L;

        private final transient String algorithm;
        private transient byte[] bytes = ZEROS;

        RawKey(String algorithm) {
            this.algorithm = algorithm;
        }

        @Override
        public String getAlgorithm() {
            return algorithm;
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

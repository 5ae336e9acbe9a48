package ai.snagr.data.cache;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.CacheableStore;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts what is kept in Redis: AES-256-GCM under a key of its own per value, which HMAC-SHA-256 derives from the shared
 * key and a random salt; so the fixed nonce is used once. The value's name is authenticated with it: a value that was moved
 * to another name does not open. The shared key lies in the same Redis, wrapped by the store's keys.
 */
final class SealedBox {
    private static final int SALT_BYTES = 32;
    private static final int TAG_BITS = 128;
    /** Of another length than a salt, so that no value's key is the fingerprints'. */
    private static final byte[] FINGERPRINTS = "snagr fingerprints 1".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] NONCE = new byte[12];

    private final SecretKeySpec key;
    private final String id;
    private final SecureRandom random = new SecureRandom();

    private SealedBox(byte[] key, byte[] wrapped) {
        this.key = new SecretKeySpec(key, "HmacSHA256");
        this.id = HexFormat.of().formatHex(digest(wrapped), 0, 4);
    }

    /** The box that every node over this Redis and store shares; its key is made by the first of them. */
    static SealedBox shared(String name, RedisCommands<String, byte[]> redis, CacheableStore store) {
        KeyProvider keys = store.keys();
        KeyContext context = new KeyContext(store.deployment(), "cache");
        byte[] stored = redis.get(name);
        if (stored == null) {
            boolean first = redis.set(name, freshKey(keys, context), SetArgs.Builder.nx()) != null;
            stored = redis.get(name);
            if (stored == null) {
                throw new IllegalStateException("Redis does not keep the key" + (first ? "" : " that it said it has"));
            }
        }
        ByteBuffer bytes = ByteBuffer.wrap(stored);
        KeyRef wrappedBy = new KeyRef(KeyPurpose.CACHE, bytes.getInt());
        byte[] wrapped = Arrays.copyOfRange(stored, Integer.BYTES, stored.length);
        try (SecretBytes secret = keys.unwrap(new WrappedKey(wrappedBy, wrapped), context)) {
            byte[] exposed = secret.expose();
            SealedBox box = new SealedBox(exposed, wrapped);
            Arrays.fill(exposed, (byte) 0);
            return box;
        }
    }

    /** Which key it is; nothing of the key itself. */
    String id() {
        return id;
    }

    /** A keyed hash of the text, in letters: the same for everybody who holds the key, and for nobody else. */
    String fingerprint(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.init(new SecretKeySpec(mac.doFinal(FINGERPRINTS), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)), 0, 16);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }

    byte[] seal(String name, byte[] plain) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, name, salt).doFinal(plain);
            return ByteBuffer.allocate(SALT_BYTES + sealed.length)
                    .put(salt)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java platform does not encrypt", e);
        }
    }

    /** UNREADABLE if the bytes were not sealed under this name and key. */
    byte[] open(String name, byte[] sealed) {
        if (sealed.length < SALT_BYTES) {
            throw new SnagrDataException.Unreadable();
        }
        try {
            return cipher(Cipher.DECRYPT_MODE, name, Arrays.copyOf(sealed, SALT_BYTES))
                    .doFinal(sealed, SALT_BYTES, sealed.length - SALT_BYTES);
        } catch (GeneralSecurityException e) {
            throw new SnagrDataException.Unreadable();
        }
    }

    private Cipher cipher(int mode, String name, byte[] salt) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(key);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(mac.doFinal(salt), "AES"), new GCMParameterSpec(TAG_BITS, NONCE));
        cipher.updateAAD(name.getBytes(StandardCharsets.US_ASCII));
        return cipher;
    }

    private static byte[] freshKey(KeyProvider keys, KeyContext context) {
        byte[] fresh = new byte[32];
        new SecureRandom().nextBytes(fresh);
        try (SecretBytes secret = SecretBytes.owning(fresh)) {
            WrappedKey wrapped = keys.wrap(keys.current(KeyPurpose.CACHE), secret, context);
            byte[] bytes = wrapped.bytes();
            return ByteBuffer.allocate(Integer.BYTES + bytes.length)
                    .putInt(wrapped.wrappedBy().version())
                    .put(bytes)
                    .array();
        }
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

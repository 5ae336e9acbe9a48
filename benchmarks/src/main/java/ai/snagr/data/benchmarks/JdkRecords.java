package ai.snagr.data.benchmarks;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM of the Java runtime and nothing else: one key for all, a random nonce before the text, the cipher kept. The
 * floor: it commits to no key, and is lost when a nonce repeats.
 *
 * @see <a href="https://docs.oracle.com/en/java/javase/17/security/java-cryptography-architecture-jca-reference-guide.html">
 *     Java Cryptography Architecture, "Using GCM Mode"</a>
 */
final class JdkRecords implements Records {
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();
    private final Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    private final SecretKey key;
    private final byte[] place;

    JdkRecords(byte[] place) throws GeneralSecurityException {
        this.place = place;
        byte[] fresh = new byte[32];
        random.nextBytes(fresh);
        this.key = new SecretKeySpec(fresh, "AES");
    }

    @Override
    public byte[] seal(byte[] value) throws GeneralSecurityException {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place);
        byte[] sealed = Arrays.copyOf(nonce, NONCE + value.length + TAG_BITS / 8);
        int ignored = cipher.doFinal(value, 0, value.length, sealed, NONCE);
        return sealed;
    }

    @Override
    public byte[] open(byte[] sealed) throws GeneralSecurityException {
        cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, sealed, 0, NONCE));
        cipher.updateAAD(place);
        return cipher.doFinal(sealed, NONCE, sealed.length - NONCE);
    }
}

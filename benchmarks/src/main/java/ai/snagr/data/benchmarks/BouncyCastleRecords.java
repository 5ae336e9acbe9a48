package ai.snagr.data.benchmarks;

import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMModeCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * AES-256-GCM of Bouncy Castle's lightweight API, which is Java from end to end: one key for all, a random nonce before the
 * text, the cipher kept.
 *
 * @see <a href="https://www.bouncycastle.org/download/bouncy-castle-java/#documentation">Bouncy Castle, documentation</a>
 */
final class BouncyCastleRecords implements Records {
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();
    private final GCMModeCipher cipher = GCMBlockCipher.newInstance(AESEngine.newInstance());
    private final KeyParameter key;
    private final byte[] place;

    BouncyCastleRecords(byte[] place) {
        this.place = place;
        byte[] fresh = new byte[32];
        random.nextBytes(fresh);
        this.key = new KeyParameter(fresh);
    }

    @Override
    public byte[] seal(byte[] value) throws InvalidCipherTextException {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        cipher.init(true, new AEADParameters(key, TAG_BITS, nonce, place));
        byte[] sealed = Arrays.copyOf(nonce, NONCE + value.length + TAG_BITS / 8);
        int written = cipher.processBytes(value, 0, value.length, sealed, NONCE);
        int ignored = cipher.doFinal(sealed, NONCE + written);
        return sealed;
    }

    @Override
    public byte[] open(byte[] sealed) throws InvalidCipherTextException {
        cipher.init(false, new AEADParameters(key, TAG_BITS, Arrays.copyOf(sealed, NONCE), place));
        byte[] value = new byte[sealed.length - NONCE - TAG_BITS / 8];
        int written = cipher.processBytes(sealed, NONCE, sealed.length - NONCE, value, 0);
        int ignored = cipher.doFinal(value, written);
        return value;
    }
}

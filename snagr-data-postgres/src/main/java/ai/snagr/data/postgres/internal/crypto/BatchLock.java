package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.HPKE;

/**
 * How the key of a batch is sealed to a lock key: HPKE (RFC 9180) with a pre-shared key, X-Wing, HKDF-SHA-256 and
 * AES-256-GCM. All numbers are big-endian:
 *
 * <pre>
 *    0     4  FE 01, suite 02, flags 00
 *    4     4  version of the lock key, never 0
 *    8  1120  encapsulated key
 * 1128    48  the key of the batch, encrypted, and the tag
 *
 *    info   = bytes 0 to 7 || context; the associated data is empty
 *    psk    = HKDF-SHA-256 of the user's key; psk_id = user || id of the user's key (4)
 * </pre>
 */
final class BatchLock {
    static final int SEED_LENGTH = Engine.KEY_LENGTH;
    static final int PUBLIC_LENGTH = 1_216;

    private static final int PREFIX = 0xFE01_0200;
    private static final int HEADER_LENGTH = 8;
    private static final int ENCAPSULATED_LENGTH = 1_120;
    private static final int LENGTH = HEADER_LENGTH + ENCAPSULATED_LENGTH + Engine.KEY_LENGTH + Engine.TAG_LENGTH;
    private static final byte[] NO_DATA = new byte[0];

    private BatchLock() {}

    /** The public half of the pair that follows from the seed. */
    static byte[] publicKey(byte[] seed) {
        HPKE hpke = hpke();
        return hpke.serializePublicKey(pair(hpke, seed).getPublic());
    }

    static byte[] seal(LockPublicKey lock, byte[] psk, byte[] pskId, byte[] context, byte[] batchKey) {
        byte[] sealed = ByteBuffer.allocate(LENGTH)
                .putInt(PREFIX)
                .putInt(lock.version())
                .array();
        HPKE hpke = hpke();
        try {
            byte[][] parts = hpke.seal(
                    hpke.deserializePublicKey(lock.bytes()),
                    info(sealed, context),
                    NO_DATA,
                    batchKey,
                    psk,
                    pskId,
                    null);
            System.arraycopy(parts[1], 0, sealed, HEADER_LENGTH, ENCAPSULATED_LENGTH);
            System.arraycopy(parts[0], 0, sealed, HEADER_LENGTH + ENCAPSULATED_LENGTH, parts[0].length);
            return sealed;
        } catch (InvalidCipherTextException | IllegalArgumentException | IllegalStateException unfit) {
            throw new SnagrDataException.Failed(
                    ErrorCode.INTERNAL,
                    false,
                    "Version " + lock.version() + " of the lock key is no public key",
                    unfit);
        }
    }

    /**
     * The key of the batch.
     *
     * @throws SnagrDataException UNREADABLE if it was not sealed to this version with these secrets and this context
     */
    static byte[] open(int version, byte[] seed, byte[] psk, byte[] pskId, byte[] context, byte[] sealed) {
        if (version != version(sealed)) {
            throw new SnagrDataException.Unreadable();
        }
        HPKE hpke = hpke();
        try {
            byte[] opened = hpke.open(
                    Arrays.copyOfRange(sealed, HEADER_LENGTH, HEADER_LENGTH + ENCAPSULATED_LENGTH),
                    pair(hpke, seed),
                    info(sealed, context),
                    NO_DATA,
                    Arrays.copyOfRange(sealed, HEADER_LENGTH + ENCAPSULATED_LENGTH, LENGTH),
                    psk,
                    pskId,
                    null);
            return opened;
        } catch (InvalidCipherTextException | IllegalArgumentException | IllegalStateException altered) {
            throw new SnagrDataException.Unreadable();
        }
    }

    /**
     * The version of the lock key that it names, which is not yet proven.
     *
     * @throws SnagrDataException UNREADABLE if the bytes do not have the form of a sealed batch key
     */
    static int version(byte[] sealed) {
        if (sealed.length != LENGTH
                || ByteBuffer.wrap(sealed).getInt() != PREFIX
                || ByteBuffer.wrap(sealed).getInt(Integer.BYTES) < 1) {
            throw new SnagrDataException.Unreadable();
        }
        return ByteBuffer.wrap(sealed).getInt(Integer.BYTES);
    }

    private static byte[] info(byte[] sealed, byte[] context) {
        byte[] joined = Arrays.copyOf(sealed, HEADER_LENGTH + context.length);
        System.arraycopy(context, 0, joined, HEADER_LENGTH, context.length);
        return joined;
    }

    private static AsymmetricCipherKeyPair pair(HPKE hpke, byte[] seed) {
        return hpke.deserializePrivateKey(seed, null);
    }

    private static HPKE hpke() {
        return new HPKE(HPKE.mode_psk, HPKE.kem_X_WING, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM256);
    }
}

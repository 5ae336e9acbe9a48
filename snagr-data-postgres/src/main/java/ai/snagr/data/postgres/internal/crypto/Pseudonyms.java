package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * How the audit trail calls users: HMAC-SHA-256 of the user's id under a key of the installation. The key is unwrapped at
 * the first use and kept until closed. Thread-safe.
 */
public final class Pseudonyms implements Function<UserId, byte @Nullable []>, AutoCloseable {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_LENGTH = 32;
    private static final String OWNER = "audit";

    private final KeyProvider keys;
    private final KeyContext context;
    private final WrappedKey wrapped;
    private byte @Nullable [] key;
    private boolean closed;

    /**
     * @param keys stays the caller's, who closes it after this object
     * @param wrapped what {@link #newKey} made
     */
    public Pseudonyms(KeyProvider keys, UUID deployment, WrappedKey wrapped) {
        this.keys = keys;
        this.context = context(deployment);
        this.wrapped = wrapped;
    }

    /** A random key for that installation, to be stored. */
    public static WrappedKey newKey(KeyProvider keys, UUID deployment) {
        byte[] random = new byte[KEY_LENGTH];
        new SecureRandom().nextBytes(random);
        try (SecretBytes fresh = SecretBytes.owning(random)) {
            return keys.wrap(keys.current(KeyPurpose.AUDIT), fresh, context(deployment));
        }
    }

    /**
     * Whether that key was wrapped for this installation by these keys.
     *
     * @throws SnagrDataException UNAVAILABLE (retryable) if the holder of the keys does not answer
     */
    public static boolean opens(KeyProvider keys, UUID deployment, WrappedKey wrapped) {
        try (SecretBytes opened = keys.unwrap(wrapped, context(deployment))) {
            return opened.length() == KEY_LENGTH;
        } catch (SnagrDataException.Unreadable other) {
            return false;
        }
    }

    /**
     * The pseudonym of that user, 32 bytes.
     *
     * @throws SnagrDataException UNREADABLE if the keys are not those of this installation; UNAVAILABLE (retryable) if
     *     the holder of the keys does not answer
     */
    @Override
    public byte[] apply(UserId user) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret());
            return mac.doFinal(ByteBuffer.allocate(16)
                    .putLong(user.value().getMostSignificantBits())
                    .putLong(user.value().getLeastSignificantBits())
                    .array());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java runtime has " + ALGORITHM, impossible);
        }
    }

    private synchronized SecretKeySpec secret() {
        if (closed) {
            throw new IllegalStateException("These pseudonyms are closed");
        }
        if (key == null) {
            try (SecretBytes opened = keys.unwrap(wrapped, context)) {
                key = opened.expose();
            }
        }
        return new SecretKeySpec(key, ALGORITHM);
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (key != null) {
            Arrays.fill(key, (byte) 0);
        }
    }

    private static KeyContext context(UUID deployment) {
        return new KeyContext(deployment.toString(), OWNER);
    }
}

package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Holds the private halves of the lock keys, and turns a verified payment into the grant of one match. The only code that
 * opens the key of a batch, which it never gives away. A private half is kept for at most a minute. Thread-safe.
 */
public final class LockOpener implements AutoCloseable {
    static final Duration MAX_AGE = Duration.ofSeconds(60);

    private final KeyProvider keys;
    private final UUID deployment;
    private final LongSupplier nanoTime;
    private final Map<WrappedKey, Opened> opened = new HashMap<>();
    private boolean closed;

    /** @param keys stays the caller's, who closes it after this object */
    public LockOpener(KeyProvider keys, UUID deployment) {
        this(keys, deployment, System::nanoTime);
    }

    LockOpener(KeyProvider keys, UUID deployment, LongSupplier nanoTime) {
        this.keys = requireNonNull(keys, "keys");
        this.deployment = requireNonNull(deployment, "deployment");
        this.nanoTime = nanoTime;
    }

    /**
     * A new lock key of that version, to be stored.
     *
     * @throws SnagrDataException CONFIGURATION if these keys have none for the purpose LOCK; UNAVAILABLE (retryable) if
     *     their holder does not answer
     */
    public static LockKey newKey(KeyProvider keys, UUID deployment, int version) {
        byte[] seed = new byte[BatchLock.SEED_LENGTH];
        new SecureRandom().nextBytes(seed);
        byte[] publicKey = BatchLock.publicKey(seed);
        try (SecretBytes secret = SecretBytes.owning(seed)) {
            WrappedKey wrapped = keys.wrap(keys.current(KeyPurpose.LOCK), secret, context(deployment, version));
            return new LockKey(new LockPublicKey(version, publicKey), wrapped);
        }
    }

    /**
     * Whether these keys unwrap the private half, and the public one belongs to it.
     *
     * @throws SnagrDataException UNAVAILABLE (retryable) if the holder of the keys does not answer
     */
    public boolean opens(LockKey lock) {
        try {
            byte[] seed = seed(lock);
            Arrays.fill(seed, (byte) 0);
            return true;
        } catch (SnagrDataException.Unreadable | SnagrDataException.Misconfigured withoutAccess) {
            return false;
        }
    }

    /**
     * The grant of the match that was paid for: a record to be stored in its unlock.
     *
     * @param subject the key of the user who paid
     * @param sealed the key of the batch, as it is stored
     * @param proof of a payment by this user for this match
     * @throws SnagrDataException UNREADABLE if the batch was not sealed to this lock key for this user, search and batch;
     *     UNAVAILABLE (retryable) if the holder of the keys does not answer
     */
    public byte[] grant(
            SubjectKey subject,
            LockKey lock,
            BatchContext batch,
            byte[] sealed,
            GrantContext grant,
            VerifiedPayment proof) {
        if (!proof.userId().equals(grant.user()) || !proof.matchId().equals(grant.match())) {
            throw new IllegalArgumentException("What was paid for is another match, or was paid for by another user");
        }
        byte[] seed = seed(lock);
        byte[] batchKey = null;
        try {
            batchKey = subject.open(lock.version(), seed, batch, sealed);
            return subject.grant(grant, batch, batchKey);
        } finally {
            Arrays.fill(seed, (byte) 0);
            if (batchKey != null) {
                Arrays.fill(batchKey, (byte) 0);
            }
        }
    }

    /** Overwrites the private halves. */
    @Override
    public void close() {
        synchronized (opened) {
            closed = true;
            opened.values().forEach(entry -> entry.seed.close());
            opened.clear();
        }
    }

    /** A copy, for the caller to overwrite. */
    private byte[] seed(LockKey lock) {
        long now = nanoTime.getAsLong();
        synchronized (opened) {
            if (closed) {
                throw new IllegalStateException("The lock keys are closed");
            }
            opened.values().removeIf(entry -> entry.dropAfter(now));
            Opened known = opened.get(lock.wrapped());
            if (known != null && known.of.equals(lock.publicKey())) {
                return known.seed.expose();
            }
        }
        SecretBytes secret = keys.unwrap(lock.wrapped(), context(deployment, lock.version()));
        byte[] seed = secret.expose();
        if (seed.length != BatchLock.SEED_LENGTH
                || !Arrays.equals(BatchLock.publicKey(seed), lock.publicKey().bytes())) {
            secret.close();
            Arrays.fill(seed, (byte) 0);
            throw new SnagrDataException.Unreadable();
        }
        synchronized (opened) {
            Opened before = closed ? null : opened.put(lock.wrapped(), new Opened(lock.publicKey(), secret, now));
            if (before != null) {
                before.seed.close();
            }
            if (closed) {
                secret.close();
            }
        }
        return seed;
    }

    private static KeyContext context(UUID deployment, int version) {
        return new KeyContext(deployment.toString(), "lock/" + version);
    }

    private record Opened(LockPublicKey of, SecretBytes seed, long since) {
        boolean dropAfter(long now) {
            boolean old = now - since >= MAX_AGE.toNanos();
            if (old) {
                seed.close();
            }
            return old;
        }
    }
}

package ai.snagr.data.postgres.internal.crypto;

import java.util.Arrays;

/**
 * The key of one run of a search, from which the keys of its matches follow. Whoever writes makes it, seals it to the lock
 * key, and forgets it by closing it: he cannot read back what he wrote. For one thread.
 */
public final class Batch implements AutoCloseable {
    private final SubjectKey subject;
    private final BatchContext context;
    private final byte[] key;

    /** Takes over the key. */
    Batch(SubjectKey subject, BatchContext context, byte[] key) {
        this.subject = subject;
        this.context = context;
        this.key = key;
    }

    public BatchContext context() {
        return context;
    }

    /** The id of the user's key, without which neither this batch nor its matches open. */
    public int keyId() {
        return subject.keyId();
    }

    /** The key of that match, for the caller to close. */
    public MatchKey matchKey(RowKey row) {
        return subject.matchKey(context, row, key);
    }

    /** The key of this batch as it is stored: only the private half of the lock key opens it, with the user's key. */
    public byte[] sealedTo(LockPublicKey lock) {
        return subject.seal(lock, context, key);
    }

    @Override
    public void close() {
        Arrays.fill(key, (byte) 0);
    }

    @Override
    public String toString() {
        return "Batch[" + context + "]";
    }
}

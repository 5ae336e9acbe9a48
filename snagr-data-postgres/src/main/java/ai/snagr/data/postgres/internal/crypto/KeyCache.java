package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The keys of users who are being served, unwrapped once per user and {@link #MAX_AGE} however many threads ask. Whatever
 * leaves is overwritten as soon as nobody is inside it any more ({@link KeyRing}). The map is in the order of age, so that
 * those too old are at its front; every call drops them. The lock is never held while a key is being unwrapped.
 */
final class KeyCache implements AutoCloseable {
    static final Duration MAX_AGE = Duration.ofSeconds(60);

    private final Map<Name, Entry> entries = new LinkedHashMap<>();
    private final int maxEntries;
    private final LongSupplier nanoTime;
    private final Function<Name, KeyRing<KeyUse>> unwrap;
    private boolean closed;

    /** @param unwrap gives a new ring, which this object then owns */
    KeyCache(int maxEntries, LongSupplier nanoTime, Function<Name, KeyRing<KeyUse>> unwrap) {
        this.maxEntries = maxEntries;
        this.nanoTime = nanoTime;
        this.unwrap = unwrap;
    }

    /** The keys of that name, entered: {@link KeyRing#leave} must follow. */
    KeyRing<KeyUse> enter(Name name) {
        while (true) {
            Entry mine = new Entry(nanoTime.getAsLong());
            Entry entry = findOrAdd(name, mine);
            KeyRing<KeyUse> ring = entry == mine ? load(name, mine) : entry.await();
            // A ring that was just loaded is entered already; one from the cache may have been dropped meanwhile.
            if (entry == mine || ring.enter()) {
                return ring;
            }
        }
    }

    int size() {
        synchronized (entries) {
            return entries.size();
        }
    }

    @Override
    public void close() {
        synchronized (entries) {
            closed = true;
            entries.values().forEach(Entry::retire);
            entries.clear();
        }
    }

    private Entry findOrAdd(Name name, Entry candidate) {
        synchronized (entries) {
            if (closed) {
                throw new IllegalStateException("The keys are closed");
            }
            Iterator<Entry> oldestFirst = entries.values().iterator();
            while (oldestFirst.hasNext()) {
                Entry oldest = oldestFirst.next();
                if (candidate.since - oldest.since < MAX_AGE.toNanos()) {
                    break;
                }
                oldestFirst.remove();
                oldest.retire();
            }
            Entry found = entries.get(name);
            if (found != null) {
                return found;
            }
            if (entries.size() == maxEntries) {
                Iterator<Entry> oldest = entries.values().iterator();
                oldest.next().retire();
                oldest.remove();
            }
            entries.put(name, candidate);
            return candidate;
        }
    }

    private KeyRing<KeyUse> load(Name name, Entry mine) {
        try {
            KeyRing<KeyUse> ring = unwrap.apply(name);
            // Entered before anybody can retire it, so that a full cache cannot make this thread load for ever.
            boolean entered = ring.enter();
            assert entered;
            mine.ring.complete(ring);
            return ring;
        } catch (RuntimeException | Error failure) {
            synchronized (entries) {
                entries.remove(name, mine);
            }
            mine.ring.completeExceptionally(failure);
            throw failure;
        }
    }

    /** Whose key, which one, and its wrapped form: a key that was replaced in the database has another name. */
    record Name(UserId user, int keyId, WrappedKey wrapped) {
        @Override
        public int hashCode() {
            return 31 * user.hashCode() + keyId;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Name that
                    && keyId == that.keyId
                    && user.equals(that.user)
                    && wrapped.equals(that.wrapped);
        }
    }

    private static final class Entry {
        final CompletableFuture<KeyRing<KeyUse>> ring = new CompletableFuture<>();
        final long since;

        Entry(long since) {
            this.since = since;
        }

        KeyRing<KeyUse> await() {
            try {
                return ring.join();
            } catch (CompletionException failed) {
                if (failed.getCause() instanceof RuntimeException failure) {
                    throw failure;
                }
                throw failed;
            }
        }

        /** Takes back the cache's own entry into the ring, now or once it is loaded. */
        void retire() {
            CompletableFuture<Void> unused = ring.thenAccept(KeyRing::leave);
        }
    }
}

package ai.snagr.data.postgres.internal.crypto;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keys by name, overwritten when the last of those who use them has left. The owner counts as one from the start, until
 * {@link #leave} retires the ring; whoever is inside then still finishes with the right keys, and nobody enters any more.
 */
final class KeyRing<N> {
    private final Map<N, FieldKey> keys;
    private final AtomicInteger inside = new AtomicInteger(1);

    /** Takes over the map. */
    KeyRing(Map<N, FieldKey> keys) {
        this.keys = keys;
    }

    /** Whether the keys may be used; then {@link #leave} must follow. False once they are overwritten. */
    boolean enter() {
        int seen = inside.get();
        while (seen > 0) {
            if (inside.compareAndSet(seen, seen + 1)) {
                return true;
            }
            seen = inside.get();
        }
        return false;
    }

    void leave() {
        if (inside.decrementAndGet() == 0) {
            keys.values().forEach(FieldKey::wipe);
        }
    }

    @Nullable FieldKey get(N name) {
        return keys.get(name);
    }
}

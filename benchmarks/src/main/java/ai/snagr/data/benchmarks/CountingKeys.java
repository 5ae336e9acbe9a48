package ai.snagr.data.benchmarks;

import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what would be calls to a key service. */
final class CountingKeys implements KeyProvider {
    private final KeyProvider keys;
    private final AtomicInteger calls = new AtomicInteger();

    CountingKeys(KeyProvider keys) {
        this.keys = keys;
    }

    int calls() {
        return calls.get();
    }

    @Override
    public KeyRef current(KeyPurpose purpose) {
        return keys.current(purpose);
    }

    @Override
    public WrappedKey wrap(KeyRef kek, SecretBytes key, KeyContext context) {
        calls.incrementAndGet();
        return keys.wrap(kek, key, context);
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, KeyContext context) {
        calls.incrementAndGet();
        return keys.unwrap(wrapped, context);
    }

    @Override
    public WrappedKey rewrap(WrappedKey wrapped, KeyRef to, KeyContext context) {
        calls.incrementAndGet();
        return keys.rewrap(wrapped, to, context);
    }

    @Override
    public KeyState state(KeyRef ref) {
        calls.incrementAndGet();
        return keys.state(ref);
    }

    @Override
    public void disable(KeyRef ref) {
        calls.incrementAndGet();
        keys.disable(ref);
    }

    @Override
    public void enable(KeyRef ref) {
        calls.incrementAndGet();
        keys.enable(ref);
    }

    @Override
    public KeyState destroy(KeyRef ref, Instant notBefore) {
        calls.incrementAndGet();
        return keys.destroy(ref, notBefore);
    }

    @Override
    public void close() {
        keys.close();
    }
}

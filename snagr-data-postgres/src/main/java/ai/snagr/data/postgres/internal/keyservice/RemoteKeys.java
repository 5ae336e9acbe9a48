package ai.snagr.data.postgres.internal.keyservice;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** A provider of keys over a key service. It holds no keys, and remembers for a short while which version is the newest. */
public final class RemoteKeys implements KeyProvider {
    static final Duration NEWEST_FOR = Duration.ofSeconds(10);

    private final KeyService service;
    private final LongSupplier nanoTime;
    private final Map<KeyPurpose, Newest> newest = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** @param service belongs to this object from now on */
    public RemoteKeys(KeyService service) {
        this(service, System::nanoTime);
    }

    RemoteKeys(KeyService service, LongSupplier nanoTime) {
        this.service = service;
        this.nanoTime = nanoTime;
    }

    @Override
    public KeyRef current(KeyPurpose purpose) {
        requireOpen();
        long now = nanoTime.getAsLong();
        Newest known = newest.get(purpose);
        if (known == null || now - known.since() >= NEWEST_FOR.toNanos()) {
            known = new Newest(service.newest(purpose), now);
            newest.put(purpose, known);
        }
        return new KeyRef(purpose, known.version());
    }

    @Override
    public WrappedKey wrap(KeyRef kek, SecretBytes key, KeyContext context) {
        requireOpen();
        requireEnabled(kek);
        byte[] bytes = key.expose();
        try {
            return new WrappedKey(kek, service.encrypt(kek, bytes, context));
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, KeyContext context) {
        requireOpen();
        return SecretBytes.owning(service.decrypt(wrapped, context));
    }

    @Override
    public WrappedKey rewrap(WrappedKey wrapped, KeyRef to, KeyContext context) {
        requireOpen();
        if (wrapped.wrappedBy().purpose() != to.purpose()) {
            throw new IllegalArgumentException("What is wrapped by " + wrapped.wrappedBy() + " stays with its purpose, "
                    + "and is not rewrapped by " + to);
        }
        requireEnabled(to);
        return new WrappedKey(to, service.reencrypt(wrapped, to, context));
    }

    @Override
    public KeyState state(KeyRef ref) {
        requireOpen();
        return service.state(ref);
    }

    @Override
    public void disable(KeyRef ref) {
        requireOpen();
        KeyState state = service.state(ref);
        requireOlder(ref);
        if (state == KeyState.DESTROYED) {
            throw destroyed(ref);
        }
        if (state == KeyState.ENABLED) {
            service.disable(ref);
        }
    }

    @Override
    public void enable(KeyRef ref) {
        requireOpen();
        KeyState state = service.state(ref);
        if (state == KeyState.DESTROYED) {
            throw destroyed(ref);
        }
        if (state != KeyState.ENABLED) {
            service.enable(ref);
        }
    }

    @Override
    public KeyState destroy(KeyRef ref, Instant notBefore) {
        requireOpen();
        KeyState state = service.state(ref);
        requireOlder(ref);
        return state == KeyState.DESTROYED || state == KeyState.DESTRUCTION_SCHEDULED
                ? state
                : service.destroy(ref, notBefore);
    }

    @Override
    public void close() {
        closed = true;
        service.close();
    }

    @Override
    public String toString() {
        return "RemoteKeys[" + service + "]";
    }

    /** Nothing is asked for the version that was the newest a moment ago, which is what keys are wrapped with. */
    private void requireEnabled(KeyRef kek) {
        Newest known = newest.get(kek.purpose());
        if ((known == null || known.version() != kek.version()) && service.state(kek) != KeyState.ENABLED) {
            throw new SnagrDataException.Misconfigured(
                    "The key " + kek + " is not enabled, to wrap a key with: see KeyProvider.current");
        }
    }

    private void requireOlder(KeyRef ref) {
        if (ref.version() == service.newest(ref.purpose())) {
            throw new SnagrDataException.Misconfigured(
                    "The key " + ref + " is the newest of its purpose, which new keys are wrapped with: rotate first");
        }
    }

    private static SnagrDataException destroyed(KeyRef ref) {
        return new SnagrDataException.Misconfigured("The key " + ref + " is destroyed");
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("These keys are closed");
        }
    }

    private record Newest(int version, long since) {}
}

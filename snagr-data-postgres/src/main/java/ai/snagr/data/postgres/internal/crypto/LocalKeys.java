package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keys in the memory of this JVM, by purpose and version. A wrapped key is a record of {@link RecordFormat}, with the
 * version as key id. What wraps is derived from a root key, one for each purpose, or was exported by itself.
 */
public final class LocalKeys implements KeyProvider {
    /** The length of a root key, and of each key derived from it, in bytes. */
    public static final int KEY_LENGTH = Engine.KEY_LENGTH;

    private static final byte[] WRAP = Bytes.ascii("wrap");
    private static final byte[] TABLE = Bytes.ascii("subject_keys");
    private static final byte[] COLUMN = Bytes.ascii("wrapped");
    private static final byte[] NO_ROW = new byte[0];

    private final Map<KeyRef, Version> versions = new ConcurrentHashMap<>();
    private final Map<KeyPurpose, Integer> newest = new EnumMap<>(KeyPurpose.class);
    private final Lifecycle lifecycle;
    private final InstantSource clock;
    private final RecordFormat format;
    private volatile boolean closed;

    LocalKeys(Map<KeyRef, LocalKey> keys, Lifecycle lifecycle, InstantSource clock) {
        this.lifecycle = lifecycle;
        this.clock = clock;
        Engines engines = new Engines();
        this.format = new RecordFormat(engines, new SecureRandom(), clock);
        try (Engine engine = engines.start()) {
            keys.forEach((ref, key) -> {
                versions.put(ref, new Version(new KeyRing<>(Map.of(ref, key.take(engine))), key.state()));
                newest.merge(ref.purpose(), ref.version(), Math::max);
            });
        }
    }

    /**
     * Keys for every purpose, derived from the root keys, which are overwritten at once. Changes of their state end with
     * this object.
     *
     * @param roots at least one, by version
     */
    public static LocalKeys ofRoots(SortedMap<Integer, byte[]> roots) {
        Map<KeyRef, LocalKey> derived = new LinkedHashMap<>();
        try (Engine engine = new Engines().start()) {
            roots.forEach((version, root) -> {
                for (KeyPurpose purpose : KeyPurpose.values()) {
                    derived.put(
                            new KeyRef(purpose, version),
                            new LocalKey(KeyState.ENABLED, wrappingKey(engine, root, purpose)));
                }
                Arrays.fill(root, (byte) 0);
            });
        }
        return new LocalKeys(derived, Lifecycle.IN_MEMORY, InstantSource.system());
    }

    /** HKDF-SHA-256 of the root key, for that purpose only. */
    static byte[] wrappingKey(Engine engine, byte[] root, KeyPurpose purpose) {
        return engine.hkdf(root, Bytes.join(WRAP, Bytes.ascii(purpose.name())));
    }

    @Override
    public KeyRef current(KeyPurpose purpose) {
        requireOpen();
        return new KeyRef(purpose, newest(purpose));
    }

    @Override
    public WrappedKey wrap(KeyRef kek, SecretBytes key, KeyContext context) {
        requireOpen();
        Version version = versions.get(kek);
        if (version == null || !version.enter()) {
            requireOpen();
            throw new SnagrDataException.Misconfigured(
                    "There is no key " + kek + " that is enabled, to wrap a key with: see KeyProvider.current");
        }
        byte[] bytes = key.expose();
        try {
            return new WrappedKey(
                    kek,
                    format.seal(version.key(kek), kek.version(), encoded(context), Padding.SMALLEST_BUCKET, bytes));
        } finally {
            Arrays.fill(bytes, (byte) 0);
            version.leave();
        }
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, KeyContext context) {
        requireOpen();
        KeyRef kek = wrapped.wrappedBy();
        Version version = versions.get(kek);
        if (version == null || !version.enter()) {
            requireOpen();
            throw new SnagrDataException.Unreadable();
        }
        try {
            return SecretBytes.owning(format.open(version.key(kek), kek.version(), encoded(context), wrapped.bytes()));
        } finally {
            version.leave();
        }
    }

    @Override
    public WrappedKey rewrap(WrappedKey wrapped, KeyRef to, KeyContext context) {
        requireSamePurpose(wrapped, to);
        try (SecretBytes key = unwrap(wrapped, context)) {
            return wrap(to, key, context);
        }
    }

    static void requireSamePurpose(WrappedKey wrapped, KeyRef to) {
        if (wrapped.wrappedBy().purpose() != to.purpose()) {
            throw new IllegalArgumentException("What is wrapped by " + wrapped.wrappedBy() + " stays with its purpose, "
                    + "and is not rewrapped by " + to);
        }
    }

    @Override
    public synchronized KeyState state(KeyRef ref) {
        requireOpen();
        return existing(ref).map(version -> version.state).orElse(KeyState.DESTROYED);
    }

    @Override
    public synchronized void disable(KeyRef ref) {
        change(ref, KeyState.DISABLED);
    }

    @Override
    public synchronized void enable(KeyRef ref) {
        change(ref, KeyState.ENABLED);
    }

    @Override
    public synchronized KeyState destroy(KeyRef ref, Instant notBefore) {
        requireOpen();
        if (existing(ref).isEmpty()) {
            return KeyState.DESTROYED;
        }
        if (notBefore.isAfter(clock.instant())) {
            change(ref, KeyState.DISABLED);
            return KeyState.DISABLED;
        }
        requireOlder(ref);
        lifecycle.destroy(ref);
        Version destroyed = versions.remove(ref);
        if (destroyed != null) {
            destroyed.ring.leave();
        }
        return KeyState.DESTROYED;
    }

    /** Overwrites the keys; those in use, as soon as their operation ends. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            versions.values().forEach(version -> version.ring.leave());
            lifecycle.close();
        }
    }

    @Override
    public String toString() {
        return "LocalKeys[newest=" + newest + "]";
    }

    private void change(KeyRef ref, KeyState state) {
        requireOpen();
        Version version = existing(ref)
                .orElseThrow(() -> new SnagrDataException.Misconfigured("The key " + ref + " is destroyed"));
        if (state != KeyState.ENABLED) {
            requireOlder(ref);
        }
        if (version.state != state) {
            lifecycle.change(ref, state);
            version.state = state;
        }
    }

    private int newest(KeyPurpose purpose) {
        Integer version = newest.get(purpose);
        if (version == null) {
            throw new SnagrDataException.Misconfigured("There is no key for " + purpose + " here: this process was not "
                    + "given the keys of that purpose, or must not need them");
        }
        return version;
    }

    private Optional<Version> existing(KeyRef ref) {
        if (ref.version() > newest(ref.purpose())) {
            throw new SnagrDataException.Misconfigured("There never was a key " + ref);
        }
        return Optional.ofNullable(versions.get(ref));
    }

    private void requireOlder(KeyRef ref) {
        if (ref.version() == newest(ref.purpose())) {
            throw new SnagrDataException.Misconfigured(
                    "The key " + ref + " is the newest of its purpose, which new keys are wrapped with: rotate first");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("These keys are closed");
        }
    }

    private static byte[] encoded(KeyContext context) {
        return Bytes.joinWithLengths(utf8(context.deployment()), TABLE, COLUMN, NO_ROW, utf8(context.owner()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static final class Version {
        private final KeyRing<KeyRef> ring;
        private volatile KeyState state;

        Version(KeyRing<KeyRef> ring, KeyState state) {
            this.ring = ring;
            this.state = state;
        }

        boolean enter() {
            return state == KeyState.ENABLED && ring.enter();
        }

        void leave() {
            ring.leave();
        }

        FieldKey key(KeyRef ref) {
            return requireNonNull(ring.get(ref), "the only key");
        }
    }

    /** Where a change of state is kept, before it counts here. */
    interface Lifecycle extends AutoCloseable {
        Lifecycle IN_MEMORY = new Lifecycle() {
            @Override
            public void change(KeyRef ref, KeyState state) {}

            @Override
            public void destroy(KeyRef ref) {}
        };

        void change(KeyRef ref, KeyState state);

        void destroy(KeyRef ref);

        @Override
        default void close() {}
    }
}

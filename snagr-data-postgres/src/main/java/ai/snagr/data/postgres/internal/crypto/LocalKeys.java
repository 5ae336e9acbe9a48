package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Root keys in the memory of this JVM, by version. A wrapped key is a record of {@link RecordFormat} under a key derived
 * from the root key for its purpose, with the version of the root key as key id.
 */
public final class LocalKeys implements KeyProvider {
    /** The length of a root key in bytes. */
    public static final int KEY_LENGTH = Engine.KEY_LENGTH;

    private static final byte[] WRAP = Bytes.ascii("wrap");
    private static final byte[] TABLE = Bytes.ascii("subject_keys");
    private static final byte[] COLUMN = Bytes.ascii("wrapped");
    private static final byte[] NO_ROW = new byte[0];

    private final KeyRing<KeyRef> ring;
    private final int newest;
    private final RecordFormat format;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Takes over the root keys, which are overwritten at once.
     *
     * @param versions at least one, by version
     */
    public LocalKeys(SortedMap<Integer, byte[]> versions) {
        Engines engines = new Engines();
        this.format = new RecordFormat(engines, new SecureRandom(), InstantSource.system());
        this.newest = versions.lastKey();
        this.ring = new KeyRing<>(derive(engines, versions));
    }

    @Override
    public KeyRef current(KeyPurpose purpose) {
        return new KeyRef(purpose, newest);
    }

    @Override
    public WrappedKey wrap(KeyRef kek, SecretBytes key, KeyContext context) {
        enter();
        byte[] bytes = key.expose();
        try {
            FieldKey wrapping = ring.get(kek);
            if (wrapping == null) {
                throw new SnagrDataException.Misconfigured("There is no root key " + kek + " to wrap a key with");
            }
            return new WrappedKey(
                    kek, format.seal(wrapping, kek.version(), encoded(context), Padding.SMALLEST_BUCKET, bytes));
        } finally {
            Arrays.fill(bytes, (byte) 0);
            ring.leave();
        }
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, KeyContext context) {
        enter();
        try {
            KeyRef kek = wrapped.wrappedBy();
            FieldKey wrapping = ring.get(kek);
            if (wrapping == null) {
                throw new SnagrDataException.Unreadable();
            }
            return SecretBytes.owning(format.open(wrapping, kek.version(), encoded(context), wrapped.bytes()));
        } finally {
            ring.leave();
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            ring.leave();
        }
    }

    @Override
    public String toString() {
        return "LocalKeys[newest=" + newest + "]";
    }

    private void enter() {
        if (closed.get() || !ring.enter()) {
            throw new IllegalStateException("These keys are closed");
        }
    }

    private static Map<KeyRef, FieldKey> derive(Engines engines, SortedMap<Integer, byte[]> versions) {
        Map<KeyRef, FieldKey> derived = new LinkedHashMap<>();
        try (Engine engine = engines.start()) {
            versions.forEach((version, root) -> {
                for (KeyPurpose purpose : KeyPurpose.values()) {
                    derived.put(
                            new KeyRef(purpose, version),
                            FieldKey.derive(engine, root, WRAP, Bytes.ascii(purpose.name())));
                }
                Arrays.fill(root, (byte) 0);
            });
        }
        return Collections.unmodifiableMap(derived);
    }

    private static byte[] encoded(KeyContext context) {
        return Bytes.joinWithLengths(utf8(context.deployment()), TABLE, COLUMN, NO_ROW, utf8(context.owner()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

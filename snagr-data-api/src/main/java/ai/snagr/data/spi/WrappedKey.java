package ai.snagr.data.spi;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/** A key encrypted under another one. It may be stored in the open. */
public final class WrappedKey {
    private final KeyRef wrappedBy;
    private final byte[] bytes;

    public WrappedKey(KeyRef wrappedBy, byte[] bytes) {
        this.wrappedBy = requireNonNull(wrappedBy, "wrappedBy");
        this.bytes = bytes.clone();
    }

    public KeyRef wrappedBy() {
        return wrappedBy;
    }

    /** A copy of the wrapped form. */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WrappedKey that && wrappedBy.equals(that.wrappedBy) && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * wrappedBy.hashCode() + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "WrappedKey[wrappedBy=" + wrappedBy + ", " + bytes.length + " bytes]";
    }
}

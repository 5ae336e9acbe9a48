package ai.snagr.data.spi;

import java.util.Arrays;

/** Secret bytes that never print, and are overwritten when closed. Not for use by several threads while one closes it. */
public final class SecretBytes implements AutoCloseable {
    private final byte[] bytes;
    private boolean closed;

    private SecretBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Takes over the array, which the caller must not use any more. */
    public static SecretBytes owning(byte[] bytes) {
        return new SecretBytes(bytes);
    }

    /** Copies the array. */
    public static SecretBytes copyOf(byte[] bytes) {
        return new SecretBytes(bytes.clone());
    }

    /**
     * A copy, which the caller must overwrite after use.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public byte[] expose() {
        if (closed) {
            throw new IllegalStateException("these secret bytes are closed");
        }
        return bytes.clone();
    }

    public int length() {
        return bytes.length;
    }

    @Override
    public void close() {
        closed = true;
        Arrays.fill(bytes, (byte) 0);
    }

    @Override
    public String toString() {
        return "SecretBytes[" + bytes.length + " bytes]";
    }
}

package ai.snagr.data.postgres.internal.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** How values become bytes that are authenticated. */
final class Bytes {
    private Bytes() {}

    static byte[] of(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] join(byte[]... parts) {
        return joined(0, parts);
    }

    /** Each part after its length as four bytes: two different lists of parts never give the same bytes. */
    static byte[] joinWithLengths(byte[]... parts) {
        return joined(Integer.BYTES, parts);
    }

    private static byte[] joined(int lengthBytes, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += lengthBytes + part.length;
        }
        ByteBuffer joined = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            if (lengthBytes > 0) {
                joined.putInt(part.length);
            }
            joined.put(part);
        }
        return joined.array();
    }
}

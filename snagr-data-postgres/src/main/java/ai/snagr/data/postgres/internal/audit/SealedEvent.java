package ai.snagr.data.postgres.internal.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An audit event as it is sealed. Its bytes are those that the function {@code audit_entry} of the schema makes: a version,
 * then each field in this order, a text as its length and its UTF-8, an absent one as the length -1.
 *
 * @param createdAtMicros microseconds since 1970
 */
record SealedEvent(
        UUID id,
        long createdAtMicros,
        long xid,
        String actor,
        String role,
        String action,
        @Nullable String object,
        @Nullable String reason,
        String outcome,
        @Nullable String request,
        @Nullable String subject) {
    private static final byte VERSION = 1;
    /** PostgreSQL counts from the year 2000. */
    private static final long EPOCH_MICROS = 946_684_800_000_000L;

    byte[] leafHash() {
        byte[][] texts = {
            utf8(actor),
            utf8(role),
            utf8(action),
            utf8(object),
            utf8(reason),
            utf8(outcome),
            utf8(request),
            subject == null ? null : HexFormat.of().parseHex(subject)
        };
        int length = 33;
        for (byte[] text : texts) {
            length += 4 + (text == null ? 0 : text.length);
        }
        ByteBuffer entry = ByteBuffer.allocate(length)
                .put(VERSION)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .putLong(createdAtMicros - EPOCH_MICROS)
                .putLong(xid);
        for (byte[] text : texts) {
            if (text == null) {
                entry.putInt(-1);
            } else {
                entry.putInt(text.length).put(text);
            }
        }
        return MerkleTree.leaf(entry.array());
    }

    private static byte @Nullable [] utf8(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}

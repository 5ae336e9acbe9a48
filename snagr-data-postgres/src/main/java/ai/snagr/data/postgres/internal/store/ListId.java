package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which list a cursor belongs to: the list's name, the user, and every filter, as eight bytes of a digest. A cursor is
 * those bytes and the position of the last row shown, so one from elsewhere is recognised and refused.
 */
final class ListId {
    private static final int CURSOR_BYTES = 8 + Position.BYTES;

    private final String name;
    private final byte[] digest;

    private ListId(String name, byte[] digest) {
        this.name = name;
        this.digest = digest;
    }

    /** The list of that name, told apart by every part: the user's id and each filter, null for one that is not set. */
    static ListId of(String name, @Nullable Object... parts) {
        MessageDigest sha256 = sha256();
        update(sha256, name);
        for (Object part : parts) {
            update(sha256, part == null ? null : part.toString());
        }
        return new ListId(name, Arrays.copyOf(sha256.digest(), 8));
    }

    /** Eight bytes that tell this list from others. */
    byte[] bytes() {
        return digest.clone();
    }

    /** Where the page begins: after this position; empty for the first page. */
    Optional<Position> position(Page page) {
        return page.after().map(this::decode);
    }

    /** The slice of the rows that were read, one more than asked for where another page follows. */
    <T> Slice<T> slice(Page page, List<T> rows, Function<? super T, Position> position) {
        if (rows.size() <= page.size()) {
            return new Slice<>(rows, Optional.empty());
        }
        List<T> shown = rows.subList(0, page.size());
        return new Slice<>(shown, Optional.of(encode(position.apply(shown.get(shown.size() - 1)))));
    }

    private Cursor encode(Position position) {
        ByteBuffer bytes = ByteBuffer.allocate(CURSOR_BYTES).put(digest);
        position.writeTo(bytes);
        return new Cursor(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array()));
    }

    private Position decode(Cursor cursor) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(cursor.token());
        } catch (IllegalArgumentException notBase64) {
            throw foreign();
        }
        if (bytes.length != CURSOR_BYTES || !MessageDigest.isEqual(digest, Arrays.copyOf(bytes, 8))) {
            throw foreign();
        }
        return Position.readFrom(ByteBuffer.wrap(bytes, 8, Position.BYTES));
    }

    private SnagrDataException foreign() {
        return new SnagrDataException.InvalidInput(
                ErrorCode.INVALID_CURSOR,
                "The cursor does not belong to this list (" + name + "), its filters or its user: begin again at the"
                        + " first page");
    }

    private static void update(MessageDigest digest, @Nullable String part) {
        if (part == null) {
            digest.update(ByteBuffer.allocate(4).putInt(-1).array());
            return;
        }
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /**
     * The sort key of a row: an instant or a score as 64 bits, and the id that makes the order total.
     *
     * @param sort microseconds since 1970, or the bits of a double
     */
    record Position(long sort, UUID id) {
        static final int BYTES = 24;

        static Position at(Instant instant, UUID id) {
            return new Position(
                    Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000),
                    id);
        }

        static Position at(double score, UUID id) {
            return new Position(Double.doubleToRawLongBits(score), id);
        }

        Instant instant() {
            return Instant.ofEpochSecond(Math.floorDiv(sort, 1_000_000L), Math.floorMod(sort, 1_000_000L) * 1_000);
        }

        double score() {
            return Double.longBitsToDouble(sort);
        }

        void writeTo(ByteBuffer bytes) {
            bytes.putLong(sort).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        }

        static Position readFrom(ByteBuffer bytes) {
            return new Position(bytes.getLong(), new UUID(bytes.getLong(), bytes.getLong()));
        }
    }
}

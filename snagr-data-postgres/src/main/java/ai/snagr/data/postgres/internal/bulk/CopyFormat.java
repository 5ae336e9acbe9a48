package ai.snagr.data.postgres.internal.bulk;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import org.jdbi.v3.core.ConnectionException;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyIn;

/**
 * Writes PostgreSQL's binary COPY format through one buffer, which is sent whenever it is full; a field may be cut
 * anywhere. No garbage is made per row.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.55.9.4">COPY, binary format</a>
 */
final class CopyFormat implements BinaryCopy.Fields {
    static final int BUFFER_BYTES = 64 * 1024;

    private static final byte[] SIGNATURE = "PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int MOST_BYTES_OF_CODE_POINT = 4;
    private static final int TRAILER = -1;
    private static final int NULL = -1;

    /** 2000-01-01, from which PostgreSQL counts, in seconds since 1970. */
    private static final long EPOCH_SECOND = 946_684_800L;

    private final CopyIn copy;
    private final int columns;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int end;
    private int fields;

    CopyFormat(CopyIn copy, int columns) {
        this.copy = copy;
        this.columns = columns;
        putBytes(SIGNATURE);
        putInt(0);
        putInt(0);
    }

    void beginRow() {
        fields = 0;
        putShort(columns);
    }

    void endRow() {
        if (fields != columns) {
            throw new IllegalStateException(
                    "a row has " + columns + " columns, but " + fields + " fields were written");
        }
    }

    void end() {
        putShort(TRAILER);
        send();
    }

    @Override
    public CopyFormat uuid(UUID value) {
        beginField(16);
        putLong(value.getMostSignificantBits());
        putLong(value.getLeastSignificantBits());
        return this;
    }

    @Override
    public CopyFormat int8(long value) {
        beginField(8);
        putLong(value);
        return this;
    }

    @Override
    public CopyFormat int4(@Nullable Integer value) {
        if (value == null) {
            beginField(NULL);
        } else {
            beginField(4);
            putInt(value);
        }
        return this;
    }

    @Override
    public CopyFormat float8(double value) {
        return int8(Double.doubleToLongBits(value));
    }

    @Override
    public CopyFormat text(@Nullable String value) {
        if (value == null) {
            beginField(NULL);
            return this;
        }
        beginField(utf8Length(value));
        for (int i = 0; i < value.length(); ) {
            int codePoint = value.codePointAt(i);
            i += Character.charCount(codePoint);
            putUtf8(codePoint);
        }
        return this;
    }

    @Override
    public CopyFormat bytea(byte[] value) {
        beginField(value.length);
        putBytes(value);
        return this;
    }

    @Override
    public CopyFormat timestamptz(@Nullable Instant value) {
        if (value == null) {
            beginField(NULL);
            return this;
        }
        long seconds = Math.subtractExact(value.getEpochSecond(), EPOCH_SECOND);
        return int8(Math.addExact(Math.multiplyExact(seconds, 1_000_000L), value.getNano() / 1_000));
    }

    private void beginField(int length) {
        fields++;
        putInt(length);
    }

    private void putShort(int value) {
        reserve(2);
        buffer[end++] = (byte) (value >>> 8);
        buffer[end++] = (byte) value;
    }

    private void putInt(int value) {
        reserve(4);
        buffer[end++] = (byte) (value >>> 24);
        buffer[end++] = (byte) (value >>> 16);
        buffer[end++] = (byte) (value >>> 8);
        buffer[end++] = (byte) value;
    }

    private void putLong(long value) {
        putInt((int) (value >>> 32));
        putInt((int) value);
    }

    private void putBytes(byte[] bytes) {
        for (int done = 0; done < bytes.length; ) {
            reserve(1);
            int piece = Math.min(bytes.length - done, buffer.length - end);
            System.arraycopy(bytes, done, buffer, end, piece);
            end += piece;
            done += piece;
        }
    }

    private void putUtf8(int codePoint) {
        reserve(MOST_BYTES_OF_CODE_POINT);
        if (codePoint < 0x80) {
            buffer[end++] = (byte) codePoint;
            return;
        }
        int shift = codePoint < 0x800 ? 6 : codePoint < 0x10000 ? 12 : 18;
        int lead = shift == 6 ? 0xC0 : shift == 12 ? 0xE0 : 0xF0;
        buffer[end++] = (byte) (lead | (codePoint >>> shift));
        for (shift -= 6; shift >= 0; shift -= 6) {
            buffer[end++] = (byte) (0x80 | ((codePoint >>> shift) & 0x3F));
        }
    }

    private static int utf8Length(String text) {
        int length = 0;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            if (codePoint == 0 || Character.getType(codePoint) == Character.SURROGATE) {
                throw new IllegalArgumentException("text must not contain U+0000 or an unpaired surrogate");
            }
            i += Character.charCount(codePoint);
            length += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
        }
        return length;
    }

    private void reserve(int bytes) {
        if (buffer.length - end < bytes) {
            send();
        }
    }

    private void send() {
        try {
            copy.writeToCopy(buffer, 0, end);
            end = 0;
        } catch (SQLException refused) {
            throw new ConnectionException(refused);
        }
    }
}

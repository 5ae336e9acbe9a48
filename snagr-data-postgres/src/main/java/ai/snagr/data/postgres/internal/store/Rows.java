package ai.snagr.data.postgres.internal.store;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads columns by index into the types of the API, for the hand-written mappers. */
final class Rows {
    private static final VarHandle BIG_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final long EPOCH_2000 = Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();

    /** About nine thousand years. */
    private static final long NEAR_MICROS = 1L << 58;

    private Rows() {}

    static UUID uuid(ResultSet row, int column) throws SQLException {
        return row.getObject(column, UUID.class);
    }

    static Instant instant(ResultSet row, int column) throws SQLException {
        return requireNonNull(instantOrNull(row, column), "instant");
    }

    /**
     * Of a {@code timestamptz}. The driver's own way makes a calendar for each result and four objects for each value, more
     * than the rest of a short row. Sent in binary the column is eight bytes, microseconds since the year 2000; as text it
     * is longer, but for "infinity", which as a number would lie beyond the bound.
     */
    static @Nullable Instant instantOrNull(ResultSet row, int column) throws SQLException {
        byte[] sent = row.getBytes(column);
        if (sent == null) {
            return null;
        }
        if (sent.length == Long.BYTES) {
            long micros = (long) BIG_ENDIAN.get(sent, 0);
            if (Math.abs(micros) < NEAR_MICROS) {
                return Instant.ofEpochSecond(
                        EPOCH_2000 + Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
            }
        }
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Integer integerOrNull(ResultSet row, int column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }

    /** The constant whose name in lower case stands in the column. */
    static <E extends Enum<E>> E constant(ResultSet row, int column, Class<E> type) throws SQLException {
        return Enum.valueOf(type, row.getString(column).toUpperCase(Locale.ROOT));
    }

    /** The constant as it stands in a column: its name in lower case. */
    static String stored(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}

package ai.snagr.data.postgres.internal.bulk;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Streams rows into a table by one {@code COPY … FROM STDIN (FORMAT binary)}, in constant memory however many there are.
 * A COPY ends well only here: whatever is thrown on the way, by the rows or by the server, cancels it.
 *
 * @param table the qualified name
 * @param columns those that every row writes, in its order
 */
public record BinaryCopy(String table, List<String> columns) {
    public BinaryCopy {
        columns = List.copyOf(columns);
    }

    /**
     * How many rows were copied. The stream is read on this thread, in its order, row by row, and is not closed.
     *
     * <p>While it is read the connection is busy: a statement that the stream itself sends over the same connection would
     * wait for ever.
     *
     * @param connection inside a transaction, its role allowed to COPY
     * @throws SQLException if the server refuses; what the stream or the encoder throws comes out as it is
     */
    public <T> long copy(Connection connection, Stream<T> rows, RowEncoder<? super T> encoder) throws SQLException {
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(statement());
        try {
            CopyFormat format = new CopyFormat(copy, columns.size());
            rows.sequential().forEachOrdered(row -> {
                format.beginRow();
                encoder.encode(row, format);
                format.endRow();
            });
            format.end();
            return copy.endCopy();
        } catch (CopyFormat.WriteFailed failure) {
            throw failure.reason();
        } finally {
            // The binary trailer is optional to the server: a COPY that merely ends early would keep the rows sent so far.
            if (copy.isActive()) {
                cancel(copy);
            }
        }
    }

    private String statement() {
        return "copy " + table + " (" + String.join(", ", columns) + ") from stdin (format binary)";
    }

    // The server answers a cancelled COPY with an error, which pgjdbc swallows; any other would hide what went wrong first.
    private static void cancel(CopyIn copy) {
        try {
            copy.cancelCopy();
        } catch (SQLException connectionLost) {
            // The transaction cannot commit either way.
        }
    }

    /** Writes the fields of one row. */
    @FunctionalInterface
    public interface RowEncoder<T> {
        /** Calls one method of {@code fields} for each column, in the order of the columns. */
        void encode(T row, Fields fields);
    }

    /** Takes the fields of a row, one after the other. A null is SQL's null. */
    public interface Fields {
        Fields uuid(UUID value);

        Fields int8(long value);

        Fields int4(@Nullable Integer value);

        Fields float8(double value);

        /**
         * @throws IllegalArgumentException if the text holds U+0000 or an unpaired surrogate, which PostgreSQL cannot store
         */
        Fields text(@Nullable String value);

        Fields bytea(byte[] value);

        /** Cut to microseconds, which is what PostgreSQL keeps. */
        Fields timestamptz(@Nullable Instant value);
    }
}

package ai.snagr.data.postgres.internal.bulk;

import ai.snagr.data.postgres.internal.connect.SessionConnection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
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
     * How many rows were copied. The stream is read on this thread, in its order, row by row, and is not closed. What it or
     * the encoder throws comes out as it is.
     *
     * @param handle inside a transaction, its role allowed to COPY
     * @throws JdbiException if the server refuses
     */
    public <T> long copy(Handle handle, Stream<T> rows, RowEncoder<? super T> encoder) {
        CopyIn copy = begin(handle);
        try {
            CopyFormat format = new CopyFormat(copy, columns.size());
            // Pushed, not pulled: the iterator of a flat-mapped stream keeps a whole inner stream in memory.
            rows.sequential().forEachOrdered(row -> {
                format.beginRow();
                encoder.encode(row, format);
                format.endRow();
            });
            format.end();
            return copy.endCopy();
        } catch (SQLException refused) {
            throw new ConnectionException(refused);
        } catch (Throwable failure) {
            cancel(copy, failure);
            throw failure;
        }
    }

    private CopyIn begin(Handle handle) {
        try {
            return SessionConnection.of(handle)
                    .copyIn("copy " + table + " (" + String.join(", ", columns) + ") from stdin (format binary)");
        } catch (SQLException refused) {
            throw new ConnectionException(refused);
        }
    }

    /** The trailer is optional to the server: a COPY that merely ended here would keep the rows sent so far. */
    private static void cancel(CopyIn copy, Throwable reason) {
        if (!copy.isActive()) {
            return;
        }
        try {
            copy.cancelCopy();
        } catch (SQLException lost) {
            reason.addSuppressed(lost);
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
         * As UTF-8.
         *
         * @throws IllegalArgumentException if the text holds U+0000 or an unpaired surrogate, which PostgreSQL cannot store
         */
        Fields text(@Nullable String value);

        Fields bytea(byte[] value);

        /** Cut to microseconds, which is what PostgreSQL keeps. */
        Fields timestamptz(@Nullable Instant value);
    }
}

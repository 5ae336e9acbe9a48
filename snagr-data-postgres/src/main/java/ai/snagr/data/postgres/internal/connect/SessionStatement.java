package ai.snagr.data.postgres.internal.connect;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.Arrays;
import java.util.Calendar;
import org.jspecify.annotations.Nullable;

/**
 * A statement that decides when it is executed, not when it is prepared, whether the context has to travel with it:
 * what ran in between may have committed, rolled back or changed the actor. Until then it only keeps its parameters.
 * Then the query goes behind its prelude as one statement of the driver, with the parameters shifted and the results of
 * the prelude skipped.
 */
final class SessionStatement implements PreparedStatement {
    private final SessionConnection connection;
    private final Prelude.Sql sql;
    private @Nullable Object[] parameters = new Object[8];
    private int parameterCount;
    private @Nullable PreparedStatement current;
    private Prelude.Kind currentKind = Prelude.Kind.NONE;
    private @Nullable PreparedStatement batch;
    private int fetchSize;
    private int maxRows;
    private int queryTimeout;
    private boolean closed;

    SessionStatement(SessionConnection connection, Prelude.Sql sql) {
        this.connection = connection;
        this.sql = sql;
    }

    @Override
    public boolean execute() throws SQLException {
        Prelude.Kind kind = connection.due();
        PreparedStatement statement = prepared(kind);
        apply(statement, connection.prelude().bind(kind, statement, connection.acting()));
        boolean rows = statement.execute();
        for (int skipped = 0; skipped < kind.results(); skipped++) {
            rows = statement.getMoreResults();
        }
        connection.arrived();
        return rows;
    }

    @Override
    public ResultSet executeQuery() throws SQLException {
        if (!execute()) {
            throw SessionConnection.refusal("executeQuery of a statement that gives no rows", "use executeUpdate");
        }
        return executed().getResultSet();
    }

    @Override
    public int executeUpdate() throws SQLException {
        return Math.toIntExact(executeLargeUpdate());
    }

    @Override
    public long executeLargeUpdate() throws SQLException {
        if (execute()) {
            throw SessionConnection.refusal("executeUpdate of a statement that gives rows", "use executeQuery");
        }
        return executed().getLargeUpdateCount();
    }

    @Override
    public void addBatch() throws SQLException {
        requireOpen();
        if (batch == null) {
            batch = connection.live().prepareStatement(sql.query());
            batch.setQueryTimeout(queryTimeout);
        }
        apply(batch, 0);
        batch.addBatch();
    }

    @Override
    public void clearBatch() throws SQLException {
        if (batch != null) {
            batch.clearBatch();
        }
    }

    @Override
    public int[] executeBatch() throws SQLException {
        PreparedStatement rows = batch;
        return rows == null ? new int[0] : inTransaction(rows::executeBatch);
    }

    @Override
    public long[] executeLargeBatch() throws SQLException {
        PreparedStatement rows = batch;
        return rows == null ? new long[0] : inTransaction(rows::executeLargeBatch);
    }

    /** The context first and by itself, then the batch; in autocommit both in a transaction of their own. */
    private <T> T inTransaction(BatchExecution<T> execution) throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.sendAlone();
            return execution.run();
        }
        connection.setAutoCommit(false);
        try {
            connection.sendAlone();
            T counts = execution.run();
            connection.commit();
            return counts;
        } catch (SQLException | RuntimeException e) {
            rollBack(e);
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private void rollBack(Exception reason) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    private PreparedStatement prepared(Prelude.Kind kind) throws SQLException {
        requireOpen();
        if (current != null && kind == currentKind) {
            return current;
        }
        if (current != null) {
            current.close();
        }
        PreparedStatement statement = connection.live().prepareStatement(sql.with(kind));
        current = statement;
        currentKind = kind;
        if (fetchSize != 0) {
            statement.setFetchSize(fetchSize);
        }
        if (maxRows != 0) {
            statement.setMaxRows(maxRows);
        }
        if (queryTimeout != 0) {
            statement.setQueryTimeout(queryTimeout);
        }
        return statement;
    }

    private void apply(PreparedStatement statement, int shift) throws SQLException {
        for (int i = 0; i < parameterCount; i++) {
            Object value = parameters[i];
            if (value instanceof BindGuard.Null typedNull) {
                typedNull.set(statement, shift + i + 1);
            } else if (value != null) {
                statement.setObject(shift + i + 1, value);
            } else {
                throw SessionConnection.refusal(
                        "Executing " + connection.acting().operation() + " without parameter " + (i + 1),
                        "set every parameter");
            }
        }
    }

    private void set(int index, Object value) {
        if (index > parameters.length) {
            parameters = Arrays.copyOf(parameters, Math.max(index, 2 * parameters.length));
        }
        parameters[index - 1] = value;
        parameterCount = Math.max(parameterCount, index);
    }

    private void setTyped(int index, @Nullable Object value, int typeOfNull) {
        set(index, value == null ? connection.guard().nullOf(index, typeOfNull) : value);
    }

    private PreparedStatement executed() {
        if (current == null) {
            throw SessionConnection.refusal("Asking for a result before the execution", "execute first");
        }
        return current;
    }

    private void requireOpen() {
        if (closed) {
            throw SessionConnection.refusal("Using a statement after it was closed", "prepare a new one");
        }
    }

    private interface BatchExecution<T> {
        T run() throws SQLException;
    }

    @Override
    public void close() throws SQLException {
        closed = true;
        try {
            closeIfThere(current);
        } finally {
            closeIfThere(batch);
            current = null;
            batch = null;
        }
    }

    private static void closeIfThere(@Nullable PreparedStatement statement) throws SQLException {
        if (statement != null) {
            statement.close();
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public Connection getConnection() {
        return connection;
    }

    @Override
    public void clearParameters() {
        Arrays.fill(parameters, null);
        parameterCount = 0;
    }

    @Override
    public void setBoolean(int index, boolean value) {
        set(index, value);
    }

    @Override
    public void setByte(int index, byte value) {
        set(index, (short) value);
    }

    @Override
    public void setShort(int index, short value) {
        set(index, value);
    }

    @Override
    public void setInt(int index, int value) {
        set(index, value);
    }

    @Override
    public void setLong(int index, long value) {
        set(index, value);
    }

    @Override
    public void setFloat(int index, float value) {
        set(index, value);
    }

    @Override
    public void setDouble(int index, double value) {
        set(index, value);
    }

    @Override
    public void setBigDecimal(int index, @Nullable BigDecimal value) {
        setTyped(index, value, Types.NUMERIC);
    }

    @Override
    public void setString(int index, @Nullable String value) {
        setTyped(index, value, Types.VARCHAR);
    }

    @Override
    public void setNString(int index, @Nullable String value) {
        setTyped(index, value, Types.VARCHAR);
    }

    @Override
    public void setBytes(int index, byte @Nullable [] value) {
        setTyped(index, value, Types.BINARY);
    }

    @Override
    public void setArray(int index, @Nullable Array value) {
        setTyped(index, value, Types.ARRAY);
    }

    @Override
    public void setObject(int index, @Nullable Object value) {
        set(index, connection.guard().typed(index, value));
    }

    @Override
    public void setObject(int index, @Nullable Object value, int sqlType) {
        set(index, connection.guard().typed(index, value, sqlType));
    }

    @Override
    public void setObject(int index, @Nullable Object value, int sqlType, int scaleOrLength) {
        setObject(index, value, sqlType);
    }

    @Override
    public void setNull(int index, int sqlType) {
        set(index, connection.guard().nullOf(index, sqlType));
    }

    @Override
    public void setNull(int index, int sqlType, @Nullable String typeName) {
        set(index, connection.guard().nullOf(index, sqlType, typeName));
    }

    @Override
    public void setTimestamp(int index, @Nullable Timestamp value) {
        set(index, connection.guard().untyped(index, "setTimestamp", value));
    }

    @Override
    public void setTimestamp(int index, @Nullable Timestamp value, @Nullable Calendar calendar) {
        set(index, connection.guard().untyped(index, "setTimestamp", value));
    }

    @Override
    public void setDate(int index, @Nullable Date value) {
        set(index, connection.guard().untyped(index, "setDate", value));
    }

    @Override
    public void setDate(int index, @Nullable Date value, @Nullable Calendar calendar) {
        set(index, connection.guard().untyped(index, "setDate", value));
    }

    @Override
    public void setTime(int index, @Nullable Time value) {
        set(index, connection.guard().untyped(index, "setTime", value));
    }

    @Override
    public void setTime(int index, @Nullable Time value, @Nullable Calendar calendar) {
        set(index, connection.guard().untyped(index, "setTime", value));
    }

    @Override
    public @Nullable ResultSet getResultSet() throws SQLException {
        return executed().getResultSet();
    }

    @Override
    public int getUpdateCount() throws SQLException {
        return executed().getUpdateCount();
    }

    @Override
    public long getLargeUpdateCount() throws SQLException {
        return executed().getLargeUpdateCount();
    }

    @Override
    public boolean getMoreResults() throws SQLException {
        return executed().getMoreResults();
    }

    @Override
    public boolean getMoreResults(int how) throws SQLException {
        return executed().getMoreResults(how);
    }

    @Override
    public @Nullable ResultSetMetaData getMetaData() throws SQLException {
        ResultSet rows = executed().getResultSet();
        return rows == null ? null : rows.getMetaData();
    }

    @Override
    public void cancel() throws SQLException {
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public @Nullable SQLWarning getWarnings() throws SQLException {
        return current == null ? null : current.getWarnings();
    }

    @Override
    public void clearWarnings() throws SQLException {
        if (current != null) {
            current.clearWarnings();
        }
    }

    @Override
    public void setFetchSize(int value) throws SQLException {
        fetchSize = value;
        if (current != null) {
            current.setFetchSize(value);
        }
    }

    @Override
    public int getFetchSize() {
        return fetchSize;
    }

    @Override
    public void setMaxRows(int value) throws SQLException {
        maxRows = value;
        if (current != null) {
            current.setMaxRows(value);
        }
    }

    @Override
    public int getMaxRows() {
        return maxRows;
    }

    @Override
    public void setQueryTimeout(int value) throws SQLException {
        queryTimeout = value;
        if (current != null) {
            current.setQueryTimeout(value);
        }
    }

    @Override
    public int getQueryTimeout() {
        return queryTimeout;
    }

    @Override
    public int getFetchDirection() {
        return ResultSet.FETCH_FORWARD;
    }

    @Override
    public int getResultSetConcurrency() {
        return ResultSet.CONCUR_READ_ONLY;
    }

    @Override
    public int getResultSetType() {
        return ResultSet.TYPE_FORWARD_ONLY;
    }

    @Override
    public int getResultSetHoldability() {
        return ResultSet.CLOSE_CURSORS_AT_COMMIT;
    }

    @Override
    public boolean isPoolable() {
        return false;
    }

    @Override
    public boolean isCloseOnCompletion() {
        return false;
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (!type.isInstance(this)) {
            throw unsupported("unwrap");
        }
        return type.cast(this);
    }

    private static RuntimeException unsupported(String method) {
        return SessionConnection.refusal(method, "nothing here needs it; bind typed values and read rows forward");
    }

    private static RuntimeException text(String method) {
        return SessionConnection.refusal(method + " with the text of a statement", "prepare it");
    }

    @Override
    public int getMaxFieldSize() {
        throw unsupported("getMaxFieldSize");
    }

    @Override
    public void setMaxFieldSize(int max) {
        throw unsupported("setMaxFieldSize");
    }

    @Override
    public void setEscapeProcessing(boolean enable) {
        throw unsupported("setEscapeProcessing");
    }

    @Override
    public void setCursorName(String name) {
        throw unsupported("setCursorName");
    }

    @Override
    public void setFetchDirection(int direction) {
        throw unsupported("setFetchDirection");
    }

    @Override
    public void setPoolable(boolean poolable) {
        throw unsupported("setPoolable");
    }

    @Override
    public void closeOnCompletion() {
        throw unsupported("closeOnCompletion");
    }

    @Override
    public ResultSet getGeneratedKeys() {
        throw unsupported("getGeneratedKeys");
    }

    @Override
    public ParameterMetaData getParameterMetaData() {
        throw unsupported("getParameterMetaData");
    }

    @Override
    public void setAsciiStream(int index, InputStream value, int length) {
        throw unsupported("setAsciiStream");
    }

    @Override
    public void setAsciiStream(int index, InputStream value, long length) {
        throw unsupported("setAsciiStream");
    }

    @Override
    public void setAsciiStream(int index, InputStream value) {
        throw unsupported("setAsciiStream");
    }

    @Override
    public void setBinaryStream(int index, InputStream value, int length) {
        throw unsupported("setBinaryStream");
    }

    @Override
    public void setBinaryStream(int index, InputStream value, long length) {
        throw unsupported("setBinaryStream");
    }

    @Override
    public void setBinaryStream(int index, InputStream value) {
        throw unsupported("setBinaryStream");
    }

    @Override
    public void setCharacterStream(int index, Reader value, int length) {
        throw unsupported("setCharacterStream");
    }

    @Override
    public void setCharacterStream(int index, Reader value, long length) {
        throw unsupported("setCharacterStream");
    }

    @Override
    public void setCharacterStream(int index, Reader value) {
        throw unsupported("setCharacterStream");
    }

    @Override
    public void setNCharacterStream(int index, Reader value, long length) {
        throw unsupported("setNCharacterStream");
    }

    @Override
    public void setNCharacterStream(int index, Reader value) {
        throw unsupported("setNCharacterStream");
    }

    @Override
    public void setBlob(int index, Blob value) {
        throw unsupported("setBlob");
    }

    @Override
    public void setBlob(int index, InputStream value, long length) {
        throw unsupported("setBlob");
    }

    @Override
    public void setBlob(int index, InputStream value) {
        throw unsupported("setBlob");
    }

    @Override
    public void setClob(int index, Clob value) {
        throw unsupported("setClob");
    }

    @Override
    public void setClob(int index, Reader value, long length) {
        throw unsupported("setClob");
    }

    @Override
    public void setClob(int index, Reader value) {
        throw unsupported("setClob");
    }

    @Override
    public void setNClob(int index, NClob value) {
        throw unsupported("setNClob");
    }

    @Override
    public void setNClob(int index, Reader value, long length) {
        throw unsupported("setNClob");
    }

    @Override
    public void setNClob(int index, Reader value) {
        throw unsupported("setNClob");
    }

    @Override
    public void setRef(int index, Ref value) {
        throw unsupported("setRef");
    }

    @Override
    public void setURL(int index, URL value) {
        throw unsupported("setURL");
    }

    @Override
    public void setRowId(int index, RowId value) {
        throw unsupported("setRowId");
    }

    @Override
    public void setSQLXML(int index, SQLXML value) {
        throw unsupported("setSQLXML");
    }

    @Override
    @Deprecated
    @SuppressWarnings("deprecation")
    public void setUnicodeStream(int index, InputStream value, int length) {
        throw unsupported("setUnicodeStream");
    }

    @Override
    public ResultSet executeQuery(String text) {
        throw text("executeQuery");
    }

    @Override
    public int executeUpdate(String text) {
        throw text("executeUpdate");
    }

    @Override
    public int executeUpdate(String text, int keys) {
        throw text("executeUpdate");
    }

    @Override
    public int executeUpdate(String text, int[] keys) {
        throw text("executeUpdate");
    }

    @Override
    public int executeUpdate(String text, String[] keys) {
        throw text("executeUpdate");
    }

    @Override
    public boolean execute(String text) {
        throw text("execute");
    }

    @Override
    public boolean execute(String text, int keys) {
        throw text("execute");
    }

    @Override
    public boolean execute(String text, int[] keys) {
        throw text("execute");
    }

    @Override
    public boolean execute(String text, String[] keys) {
        throw text("execute");
    }

    @Override
    public void addBatch(String text) {
        throw text("addBatch");
    }
}

package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Struct;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A connection on which no statement runs without an actor, and on which nothing remains when it is given back.
 *
 * <p>Its login may do nothing by itself. Role, claims and time limit are local settings that travel in the same message
 * as the query: with each statement in autocommit, where they end with the statement's implicit transaction, and with
 * the first statement of each transaction and of each change of actor. So a statement costs one round trip, a
 * transaction of k statements k + 1, and a pooler that hands the connection to somebody else hands on no right.
 *
 * <p>Whatever would set state of the session, or send a statement by another way, is refused. Not thread-safe.
 */
public final class SessionConnection implements Connection {
    private static final String CONNECTION_DOES_NOT_EXIST = "08003";
    private static final String IN_FAILED_TRANSACTION = "25P02";

    private final Connection raw;
    private final Prelude prelude;
    private final BindGuard guard;
    private @Nullable Acting acting;
    private @Nullable ActorContext delivered;
    private @Nullable CopyIn copying;

    SessionConnection(Connection raw, Prelude prelude, BindGuard guard) {
        this.raw = raw;
        this.prelude = prelude;
        this.guard = guard;
    }

    /** The connection of a handle that a {@link StatementScope} gave out. */
    public static SessionConnection of(Handle handle) {
        return (SessionConnection) handle.getConnection();
    }

    /**
     * A COPY that has begun, as the actor of the running scope, in the open transaction. The context is sent before it if
     * it has to be, in a round trip of its own. The connection is busy until the COPY has ended.
     *
     * @throws SnagrDataException INTERNAL outside a transaction, where the context would already have ended
     */
    public CopyIn copyIn(String sql) throws SQLException {
        if (getAutoCommit()) {
            throw refusal("COPY outside a transaction", "run it inside transact, where its actor holds");
        }
        sendAlone();
        copying = new CopyManager(live().unwrap(BaseConnection.class)).copyIn(sql);
        return copying;
    }

    /** The rows of one query: see {@link StatementScope#list}. */
    <T> List<T> list(String sql, RowReader<T> reader, Object... values) throws SQLException {
        try (PreparedStatement statement = prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                if (values[i] instanceof TypedArgument argument) {
                    argument.bind(i + 1, statement);
                } else {
                    statement.setObject(i + 1, values[i]);
                }
            }
            List<T> all = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    all.add(reader.read(rows));
                }
            }
            return all;
        }
    }

    /** Whether a COPY has begun and not ended. The driver would let another statement wait for its end, for ever. */
    boolean isCopying() {
        return copying != null && copying.isActive();
    }

    /** Says for whom the next statements run, and returns for whom the last ones ran; null for nobody. */
    @Nullable Acting become(@Nullable Acting next) {
        Acting previous = acting;
        acting = next;
        return previous;
    }

    Acting acting() {
        if (acting == null) {
            throw refusal("A statement without an actor", "run it through a StatementScope");
        }
        return acting;
    }

    BindGuard guard() {
        return guard;
    }

    Prelude prelude() {
        return prelude;
    }

    /** The connection below, if it is still there: a pool closes one on which the server was lost. */
    Connection live() throws SQLException {
        if (raw.isClosed()) {
            throw new SQLException("the connection was lost or given back", CONNECTION_DOES_NOT_EXIST);
        }
        return raw;
    }

    /** What the next statement has to carry. An admin's carries its audit event each time, unless that is written. */
    Prelude.Kind due() throws SQLException {
        Acting now = acting();
        if (now.mustBeRecorded()) {
            return Prelude.Kind.AUDITED;
        }
        boolean holds = !getAutoCommit() && now.context().equals(delivered);
        return holds ? Prelude.Kind.NONE : Prelude.Kind.CONTEXT;
    }

    /** Notes that the server took the context of the running scope; it holds until the transaction ends. */
    void arrived() throws SQLException {
        delivered = getAutoCommit() ? null : acting().context();
    }

    /** Sends the context by itself, if it does not hold already. Only inside a transaction does it outlast this call. */
    void sendAlone() throws SQLException {
        Prelude.Kind kind = due();
        if (kind == Prelude.Kind.NONE) {
            return;
        }
        try (PreparedStatement statement = live().prepareStatement(prelude.alone(kind))) {
            prelude.bind(kind, statement, acting());
            statement.execute();
        }
        arrived();
    }

    static SnagrDataException refusal(String what, String remedy) {
        return new SnagrDataException.Failed(
                ErrorCode.INTERNAL, false, what + " is refused on a session connection: " + remedy, null);
    }

    private static SnagrDataException state(String method) {
        return refusal(method, "it would leave state on the server's session, for whoever uses it next");
    }

    private static SnagrDataException unprepared(String method) {
        return refusal(method, "prepare a statement, so that its actor travels with it");
    }

    @Override
    public PreparedStatement prepareStatement(String sql) {
        return new SessionStatement(this, prelude.compose(sql));
    }

    @Override
    public PreparedStatement prepareStatement(String sql, int type, int concurrency) {
        if (type != ResultSet.TYPE_FORWARD_ONLY || concurrency != ResultSet.CONCUR_READ_ONLY) {
            throw refusal("A scrollable or updatable result", "read it forward, and update by statement");
        }
        return prepareStatement(sql);
    }

    @Override
    public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability) {
        if (holdability != ResultSet.CLOSE_CURSORS_AT_COMMIT) {
            throw state("A cursor held over the commit");
        }
        return prepareStatement(sql, type, concurrency);
    }

    @Override
    public PreparedStatement prepareStatement(String sql, int autoGeneratedKeys) {
        if (autoGeneratedKeys != Statement.NO_GENERATED_KEYS) {
            throw generatedKeys();
        }
        return prepareStatement(sql);
    }

    @Override
    public PreparedStatement prepareStatement(String sql, int[] columnIndexes) {
        throw generatedKeys();
    }

    @Override
    public PreparedStatement prepareStatement(String sql, String[] columnNames) {
        throw generatedKeys();
    }

    private static SnagrDataException generatedKeys() {
        return refusal("Asking for generated keys", "make the id in the program, or read with 'returning'");
    }

    /**
     * Commits, or rolls back and fails if a statement of the transaction failed before. PostgreSQL answers such a COMMIT
     * with ROLLBACK, which the driver does not report: whoever swallowed the first error would believe that all is kept.
     */
    @Override
    public void commit() throws SQLException {
        delivered = null;
        Connection live = live();
        if (live.unwrap(BaseConnection.class).getTransactionState() == TransactionState.FAILED) {
            live.rollback();
            throw new SQLException("a statement of this transaction failed before", IN_FAILED_TRANSACTION);
        }
        live.commit();
    }

    @Override
    public void rollback() throws SQLException {
        delivered = null;
        live().rollback();
    }

    /** Takes the local settings back too, if they were set after the savepoint. */
    @Override
    public void rollback(Savepoint savepoint) throws SQLException {
        delivered = null;
        live().rollback(savepoint);
    }

    /** Switching it on inside a transaction commits that, as the interface says. */
    @Override
    public void setAutoCommit(boolean autoCommit) throws SQLException {
        if (autoCommit && !getAutoCommit()) {
            commit();
        }
        live().setAutoCommit(autoCommit);
    }

    @Override
    public boolean getAutoCommit() throws SQLException {
        return live().getAutoCommit();
    }

    @Override
    public Savepoint setSavepoint() throws SQLException {
        return live().setSavepoint();
    }

    @Override
    public Savepoint setSavepoint(String name) throws SQLException {
        return live().setSavepoint(name);
    }

    @Override
    public void releaseSavepoint(Savepoint savepoint) throws SQLException {
        live().releaseSavepoint(savepoint);
    }

    @Override
    public void close() throws SQLException {
        acting = null;
        delivered = null;
        raw.close();
    }

    @Override
    public boolean isClosed() throws SQLException {
        return raw.isClosed();
    }

    @Override
    public boolean isValid(int timeout) throws SQLException {
        return raw.isValid(timeout);
    }

    @Override
    public void abort(Executor executor) throws SQLException {
        raw.abort(executor);
    }

    @Override
    public Array createArrayOf(String typeName, @Nullable Object[] elements) throws SQLException {
        return live().createArrayOf(typeName, elements);
    }

    @Override
    public @Nullable SQLWarning getWarnings() throws SQLException {
        return raw.getWarnings();
    }

    @Override
    public void clearWarnings() throws SQLException {
        raw.clearWarnings();
    }

    @Override
    public int getHoldability() {
        return ResultSet.CLOSE_CURSORS_AT_COMMIT;
    }

    @Override
    public boolean isReadOnly() throws SQLException {
        return raw.isReadOnly();
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (!type.isInstance(this)) {
            throw refusal("Unwrapping", "a statement on the connection below would have no actor");
        }
        return type.cast(this);
    }

    @Override
    public Statement createStatement() {
        throw unprepared("createStatement");
    }

    @Override
    public Statement createStatement(int type, int concurrency) {
        throw unprepared("createStatement");
    }

    @Override
    public Statement createStatement(int type, int concurrency, int holdability) {
        throw unprepared("createStatement");
    }

    @Override
    public CallableStatement prepareCall(String sql) {
        throw unprepared("prepareCall");
    }

    @Override
    public CallableStatement prepareCall(String sql, int type, int concurrency) {
        throw unprepared("prepareCall");
    }

    @Override
    public CallableStatement prepareCall(String sql, int type, int concurrency, int holdability) {
        throw unprepared("prepareCall");
    }

    @Override
    public String nativeSQL(String sql) {
        throw unprepared("nativeSQL");
    }

    @Override
    public DatabaseMetaData getMetaData() {
        throw unprepared("getMetaData");
    }

    @Override
    public Blob createBlob() {
        throw unprepared("createBlob");
    }

    @Override
    public Clob createClob() {
        throw unprepared("createClob");
    }

    @Override
    public NClob createNClob() {
        throw unprepared("createNClob");
    }

    @Override
    public SQLXML createSQLXML() {
        throw unprepared("createSQLXML");
    }

    @Override
    public Struct createStruct(String typeName, Object[] attributes) {
        throw unprepared("createStruct");
    }

    @Override
    public void setReadOnly(boolean readOnly) {
        throw state("setReadOnly");
    }

    @Override
    public void setCatalog(String catalog) {
        throw state("setCatalog");
    }

    @Override
    public String getCatalog() {
        throw state("getCatalog");
    }

    @Override
    public void setSchema(String schema) {
        throw state("setSchema");
    }

    @Override
    public String getSchema() {
        throw state("getSchema");
    }

    @Override
    public void setTransactionIsolation(int level) {
        throw state("setTransactionIsolation");
    }

    @Override
    public int getTransactionIsolation() {
        throw state("getTransactionIsolation");
    }

    @Override
    public void setHoldability(int holdability) {
        throw state("setHoldability");
    }

    @Override
    public void setClientInfo(String name, String value) {
        throw state("setClientInfo");
    }

    @Override
    public void setClientInfo(Properties properties) {
        throw state("setClientInfo");
    }

    @Override
    public String getClientInfo(String name) {
        throw state("getClientInfo");
    }

    @Override
    public Properties getClientInfo() {
        throw state("getClientInfo");
    }

    @Override
    public void setTypeMap(Map<String, Class<?>> map) {
        throw state("setTypeMap");
    }

    @Override
    public Map<String, Class<?>> getTypeMap() {
        throw state("getTypeMap");
    }

    @Override
    public void setNetworkTimeout(Executor executor, int milliseconds) {
        throw state("setNetworkTimeout");
    }

    @Override
    public int getNetworkTimeout() {
        throw state("getNetworkTimeout");
    }
}

package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.PoolSettings;
import ai.snagr.data.spi.StoreAddress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The connections to one PostgreSQL server: a pool that serves, and a small one beside it for what must stay when a
 * caller rolls back. Thread-safe. Its login needs no right but to become the roles of {@link DatabaseRole}.
 */
public final class Database implements AutoCloseable {
    private static final String APPLICATION = "snagr-data";
    private static final int REWRITTEN_ROWS = 128;

    /** Time for the network and the server's own answer, on top of the statement's. */
    private static final Duration SOCKET_SLACK = Duration.ofSeconds(10);

    /** Properties of a URL that would set session state, change how parameters are typed, or undo what is set here. */
    private static final List<String> REFUSED_PROPERTIES = List.of(
            "options",
            "currentSchema",
            "stringtype",
            "preferQueryMode",
            "prepareThreshold",
            "readOnly",
            "replication",
            "autosave");

    private final Pool serving;
    private final Pool audit;
    private final StatementScope statements;
    private final StatementScope auditStatements;

    /** Per database, since a thread may be in a transaction of two; removed when the transaction ends. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<TransactionScope> transactions = new ThreadLocal<>();

    private Database(Pool serving, Pool audit) {
        this.serving = serving;
        this.audit = audit;
        this.statements = new PooledScope(serving, audit);
        this.auditStatements = new PooledScope(audit, audit);
    }

    /**
     * Both pools, each with a first connection.
     *
     * @throws SnagrDataException CONFIGURATION if the URL or the login is wrong; UNAVAILABLE (retryable) if no server
     *     answers
     */
    public static Database open(StoreAddress address, PoolSettings settings) {
        return open(address, settings, new Prelude(settings.statementTimeout()));
    }

    static Database open(StoreAddress address, PoolSettings settings, Prelude prelude) {
        DataSource server = dataSource(address, settings);
        Pool serving = new Pool(APPLICATION, settings.maxConnections(), server, settings, prelude);
        try {
            return new Database(
                    serving, new Pool(APPLICATION + "-audit", settings.auditConnections(), server, settings, prelude));
        } catch (RuntimeException e) {
            serving.close();
            throw e;
        }
    }

    /** Where statements of their own run, each on whichever connection is free. */
    public StatementScope statements() {
        return statements;
    }

    /** The same on the pool beside it: what is written there stays after the rollback of a caller's transaction. */
    public StatementScope auditStatements() {
        return auditStatements;
    }

    /**
     * What the work returns, after the commit; when it throws, that is thrown after the rollback. The scope is valid
     * inside the work and on its thread. Called inside the work of another transaction it joins that one.
     *
     * @throws X what the work throws
     */
    public <T extends @Nullable Object, X extends Exception> T inTransaction(
            ActorContext context, TransactionWork<T, X> work) throws X {
        TransactionScope open = transactions.get();
        if (open != null) {
            return work.run(open);
        }
        Acting acting = new Acting("A transaction as " + context.role().sqlName(), context);
        try (Pool.Lease lease = serving.lease(acting);
                TransactionScope scope = new TransactionScope(lease, audit)) {
            transactions.set(scope);
            return lease.inTransaction(acting.operation(), () -> work.run(scope));
        } finally {
            transactions.remove();
        }
    }

    /** Gives back every connection and thread; statements that still run fail with UNAVAILABLE. */
    @Override
    public void close() {
        try {
            serving.close();
        } finally {
            audit.close();
        }
    }

    private static DataSource dataSource(StoreAddress address, PoolSettings settings) {
        PGSimpleDataSource server = Transport.dataSource(address);
        refuseProperties(server);
        server.setApplicationName(APPLICATION);
        server.setReWriteBatchedInserts(true);
        server.setReWriteBatchedInsertsSize(REWRITTEN_ROWS);
        settings.prepareThreshold().ifPresent(server::setPrepareThreshold);
        server.setConnectTimeout(seconds(settings.connectionTimeout()));
        server.setLoginTimeout(seconds(settings.connectionTimeout()));
        server.setSocketTimeout(seconds(settings.statementTimeout().plus(SOCKET_SLACK)));
        server.setTcpKeepAlive(true);
        return server;
    }

    private static void refuseProperties(PGSimpleDataSource server) {
        PGSimpleDataSource untouched = new PGSimpleDataSource();
        List<String> refused = REFUSED_PROPERTIES.stream()
                .filter(name -> !Objects.equals(property(server, name), property(untouched, name)))
                .toList();
        if (!refused.isEmpty()) {
            throw new SnagrDataException.Misconfigured("The URL of the database must not set " + refused
                    + ": remove it; what may be chosen stands in PoolSettings");
        }
    }

    private static @Nullable String property(PGSimpleDataSource server, String name) {
        try {
            return server.getProperty(name);
        } catch (SQLException unknown) {
            throw new IllegalStateException("the driver has no property " + name, unknown);
        }
    }

    private static int seconds(Duration duration) {
        return Math.toIntExact(Math.max(1, duration.plusMillis(999).toSeconds()));
    }
}

package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.PoolSettings;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jdbi.v3.core.CloseException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.argument.Arguments;
import org.jspecify.annotations.Nullable;

/**
 * Connections of one login, handed out in the order in which they were asked for. Hikari's own hand-off is not fair and
 * lets virtual threads starve, so a semaphore with as many permits as connections stands before it.
 */
final class Pool implements AutoCloseable {
    private static final Duration KEEPALIVE = Duration.ofMinutes(2);
    private static final Duration THREAD_END = Duration.ofSeconds(5);
    private static final int MOST_IDLE = 2;

    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final HikariDataSource connections;
    private final Prelude prelude;
    private final Jdbi jdbi;
    private final Semaphore permits;
    private final int size;
    private final Duration timeout;

    /** Per pool, since a thread may hold a connection of each; removed when it is given back. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable SessionConnection> leasedHere = new ThreadLocal<>();

    private volatile boolean closed;

    /** Opens the first connection, so that a wrong address or password is seen now. */
    Pool(String name, int size, DataSource server, PoolSettings settings, Prelude prelude) {
        this.size = size;
        this.timeout = settings.connectionTimeout();
        this.permits = new Semaphore(size, true);
        this.connections = open(name, size, server, settings);
        this.prelude = prelude;
        this.jdbi = Jdbi.create(leasedHere::get);
        configure(jdbi);
    }

    /** Has Jdbi send every argument with its type. */
    static void configure(Jdbi jdbi) {
        jdbi.registerArgument(new TypedArguments());
        jdbi.getConfig(Arguments.class).setUntypedNullArgument(TypedArguments.refusedNull());
    }

    private HikariDataSource open(String name, int size, DataSource server, PoolSettings settings) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setDataSource(server);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(Math.min(size, MOST_IDLE));
        config.setConnectionTimeout(settings.connectionTimeout().toMillis());
        config.setMaxLifetime(settings.maxLifetime().toMillis());
        config.setKeepaliveTime(
                Math.min(KEEPALIVE.toMillis(), settings.maxLifetime().toMillis() / 2));
        config.setThreadFactory(work -> thread(name, work));
        try {
            return new HikariDataSource(config);
        } catch (HikariPool.PoolInitializationException e) {
            throw SqlErrors.translate("Connecting to the database", e);
        }
    }

    /**
     * A connection for this thread, until it is closed.
     *
     * @throws SnagrDataException TIMEOUT (retryable) if none became free in time; UNAVAILABLE if no server answers or
     *     the pool is closed
     */
    Lease lease(Acting acting) {
        String operation = acting.operation();
        if (leasedHere.get() != null) {
            throw new IllegalStateException(operation + " was called by a thread that is inside a statement or"
                    + " transaction of its own and holds a connection for it: use the session of that transaction, or"
                    + " call it afterwards");
        }
        acquire(operation);
        boolean opened = false;
        try {
            requireOpen(operation);
            Lease lease = new Lease(new SessionConnection(connections.getConnection(), prelude, BindGuard.ON));
            var ignored = lease.connection.become(acting);
            leasedHere.set(lease.connection);
            opened = true;
            return lease;
        } catch (SQLException e) {
            requireOpen(operation);
            throw SqlErrors.of(operation, e);
        } catch (RuntimeException e) {
            requireOpen(operation);
            throw SqlErrors.translate(operation, e);
        } finally {
            if (!opened) {
                permits.release();
            }
        }
    }

    /**
     * Writes the audit event of an admin's operation on a connection of this pool, by itself: a transaction that is
     * rolled back would take it along, though its rows have been seen. Nothing for other actors.
     * The event says that it was attempted, since what follows may fail or be rolled back.
     */
    Acting recorded(Acting acting) {
        if (!acting.mustBeRecorded()) {
            return acting;
        }
        record(acting.recorded(Acting.Recording.BEFORE));
        return acting.recorded(Acting.Recording.DONE);
    }

    /**
     * Writes on a connection of this pool that an admin's operation failed or was refused, since the event beside the
     * statement is gone with it; and returns the failure. If that cannot be written, the failure carries why.
     */
    <E extends RuntimeException> E failed(Acting acting, E failure) {
        if (!acting.isAdmins()) {
            return failure;
        }
        boolean refused = failure instanceof SnagrDataException.Denied;
        try {
            record(acting.recorded(refused ? Acting.Recording.AFTER_REFUSAL : Acting.Recording.AFTER_FAILURE)
                    .asUser());
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    private void record(Acting acting) {
        try (Lease lease = lease(acting)) {
            var ignored =
                    lease.handle().createQuery("select 1").mapTo(Integer.class).one();
        } catch (RuntimeException e) {
            throw SqlErrors.translate(acting.operation(), e);
        }
    }

    private void acquire(String operation) {
        requireOpen(operation);
        boolean free;
        try {
            free = permits.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SnagrDataException.Failed(
                    ErrorCode.TIMEOUT, true, operation + " failed: interrupted while waiting for a connection", null);
        }
        if (!free) {
            throw new SnagrDataException.Failed(
                    ErrorCode.TIMEOUT,
                    true,
                    operation + " failed: none of the " + size + " connections became free within " + timeout.toMillis()
                            + " ms; make transactions shorter, or raise the pool's size",
                    null);
        }
    }

    private void requireOpen(String operation) {
        if (closed) {
            throw new SnagrDataException.Failed(
                    ErrorCode.UNAVAILABLE, false, operation + " failed: the database was closed", null);
        }
    }

    private Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name + "-pool");
        thread.setDaemon(true);
        threads.removeIf(earlier -> earlier.getState() == Thread.State.TERMINATED);
        threads.add(thread);
        return thread;
    }

    /** Closes every connection and waits a while for the pool's threads, which Hikari only asks to end. */
    @Override
    public void close() {
        closed = true;
        connections.close();
        try {
            for (Thread thread : threads) {
                thread.join(THREAD_END.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A connection in use, and a handle of Jdbi on it for who asks. */
    final class Lease implements AutoCloseable {
        private final SessionConnection connection;
        private @Nullable Handle handle;

        private Lease(SessionConnection connection) {
            this.connection = connection;
        }

        /** On the thread of the lease, which is where Jdbi finds the connection. */
        Handle handle() {
            Handle known = handle;
            if (known == null) {
                known = jdbi.open();
                handle = known;
            }
            return known;
        }

        SessionConnection connection() {
            return connection;
        }

        /** Runs the body in a transaction: commits what it returns, rolls back when it throws. */
        <T extends @Nullable Object, X extends Exception> T inTransaction(String operation, Body<T, X> body) throws X {
            translated(operation, handle()::begin);
            T result;
            try {
                result = body.run();
            } catch (Throwable t) {
                rollBack(operation, t);
                throw t;
            }
            translated(operation, handle()::commit);
            return result;
        }

        private void rollBack(String operation, Throwable reason) {
            try {
                translated(operation, handle()::rollback);
            } catch (RuntimeException e) {
                reason.addSuppressed(e);
            }
        }

        private void translated(String operation, Runnable step) {
            try {
                step.run();
            } catch (RuntimeException e) {
                throw SqlErrors.translate(operation, e);
            }
        }

        @Override
        public void close() {
            leasedHere.remove();
            try {
                if (handle == null) {
                    connection.close();
                } else {
                    handle.close();
                }
            } catch (SQLException e) {
                throw new CloseException("a connection was not given back", e);
            } finally {
                permits.release();
            }
        }
    }

    /** What runs between begin and commit. */
    interface Body<T extends @Nullable Object, X extends Exception> {
        T run() throws X;
    }
}

package ai.snagr.data.postgres.internal.connect;

import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** All statements on the one connection of an open transaction, on the thread that opened it. */
final class TransactionScope implements StatementScope, AutoCloseable {
    private final Pool.Lease lease;
    private final Pool audit;
    private final Thread owner = Thread.currentThread();
    private volatile boolean ended;

    TransactionScope(Pool.Lease lease, Pool audit) {
        this.lease = lease;
        this.audit = audit;
    }

    @Override
    public <R> R run(String operation, ActorContext context, Function<Handle, R> work) {
        requireUsable(operation);
        Acting acting = audit.recorded(new Acting(operation, context));
        try {
            return runRecorded(acting, work);
        } catch (RuntimeException e) {
            throw audit.failed(acting, e);
        }
    }

    @Override
    public <R> R runAsRecord(String operation, ActorContext context, Function<Handle, R> work) {
        requireUsable(operation);
        return runRecorded(new Acting(operation, context, Acting.Recording.DONE), work);
    }

    private <R> R runRecorded(Acting acting, Function<Handle, R> work) {
        SessionConnection connection = lease.connection();
        Acting before = connection.become(acting);
        try {
            return work.apply(lease.handle());
        } catch (RuntimeException e) {
            throw SqlErrors.translate(acting.operation(), e);
        } finally {
            var ignored = connection.become(before);
        }
    }

    @Override
    public <T> List<T> list(String operation, ActorContext context, String sql, RowReader<T> reader, Object... values) {
        return run(operation, context, handle -> {
            try {
                return SessionConnection.of(handle).list(sql, reader, values);
            } catch (SQLException e) {
                throw SqlErrors.of(operation, e);
            }
        });
    }

    @Override
    public <R> R transact(String operation, ActorContext context, Function<StatementScope, R> work) {
        requireUsable(operation);
        return work.apply(this);
    }

    @Override
    public boolean inTransaction() {
        return true;
    }

    private void requireUsable(String operation) {
        if (ended) {
            throw new IllegalStateException(
                    operation + " was called on a session whose transaction has ended: use it inside its work only");
        }
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException(operation + " was called on the session of another thread's transaction:"
                    + " use it on the thread that its work runs on");
        }
        if (lease.connection().isCopying()) {
            throw new IllegalStateException(operation + " was called by the very stream that a bulk write of the same"
                    + " transaction is reading: read what it needs before, or write it in another transaction");
        }
    }

    @Override
    public void close() {
        ended = true;
    }
}

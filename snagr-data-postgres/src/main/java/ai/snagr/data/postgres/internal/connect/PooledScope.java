package ai.snagr.data.postgres.internal.connect;

import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** Each statement, or each transaction, on a connection of its own. */
final class PooledScope implements StatementScope {
    private final Pool pool;
    private final Pool audit;

    PooledScope(Pool pool, Pool audit) {
        this.pool = pool;
        this.audit = audit;
    }

    @Override
    public <R> R run(String operation, ActorContext context, Function<Handle, R> work) {
        Acting acting = new Acting(operation, context);
        try (Pool.Lease lease = pool.lease(acting)) {
            return work.apply(lease.handle());
        } catch (RuntimeException e) {
            throw audit.failed(acting, SqlErrors.translate(operation, e));
        }
    }

    @Override
    public <R> R runAsRecord(String operation, ActorContext context, Function<Handle, R> work) {
        try (Pool.Lease lease = pool.lease(new Acting(operation, context, Acting.Recording.DONE))) {
            return work.apply(lease.handle());
        } catch (RuntimeException e) {
            throw SqlErrors.translate(operation, e);
        }
    }

    @Override
    public <T> List<T> list(String operation, ActorContext context, String sql, RowReader<T> reader, Object... values) {
        Acting acting = new Acting(operation, context);
        try (Pool.Lease lease = pool.lease(acting)) {
            return lease.connection().list(sql, reader, values);
        } catch (SQLException e) {
            throw audit.failed(acting, SqlErrors.of(operation, e));
        } catch (RuntimeException e) {
            throw audit.failed(acting, SqlErrors.translate(operation, e));
        }
    }

    @Override
    public <R> R transact(String operation, ActorContext context, Function<StatementScope, R> work) {
        Acting acting = new Acting(operation, context);
        try (Pool.Lease lease = pool.lease(acting);
                TransactionScope scope = new TransactionScope(lease, audit)) {
            return lease.inTransaction(operation, () -> work.apply(scope));
        } catch (RuntimeException e) {
            throw SqlErrors.translate(operation, e);
        }
    }

    @Override
    public boolean inTransaction() {
        return false;
    }
}

package ai.snagr.data.postgres.internal.connect;

import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * Where statements run: each on a pooled connection of its own, or all on the one connection of an open transaction.
 * Whatever fails comes out as a {@code SnagrDataException} that names the operation and holds no value.
 */
public interface StatementScope {
    /** Runs one statement as that actor: autocommit, one round trip; or as part of the open transaction. */
    <R> R run(String operation, ActorContext context, Function<Handle, R> work);

    /** Runs a statement that is itself an audit event, so that none is written about it, whoever the actor is. */
    <R> R runAsRecord(String operation, ActorContext context, Function<Handle, R> work);

    /**
     * The rows of one query as that actor, as {@link #run} would give them, without Jdbi between: its handle and its
     * statement cost more than the query's own round trip, so the reads that are made most go this way.
     *
     * @param sql with a question mark for each value, in their order
     * @param values each of a class that the driver sends with its type, or an argument of {@link Binds}
     */
    <T> List<T> list(String operation, ActorContext context, String sql, RowReader<T> reader, Object... values);

    /** Runs several statements in one transaction, joining the open one. The scope that it hands in ends with the work. */
    <R> R transact(String operation, ActorContext context, Function<StatementScope, R> work);

    /** Whether a transaction is open, so that what was read may be taken back. */
    boolean inTransaction();
}

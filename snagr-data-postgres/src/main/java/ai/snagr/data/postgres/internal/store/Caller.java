package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.audit.AuditLog;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.connect.RowReader;
import ai.snagr.data.postgres.internal.connect.StatementScope;
import ai.snagr.data.user.UserId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * Who calls a repository, and where his statements run. Every statement of the store goes through here, so none can
 * leave without an actor.
 *
 * @param statements the pool, or the caller's open transaction
 * @param outside a pool that is never part of the caller's transaction: what is written there stays after his rollback
 */
record Caller(StatementScope statements, StatementScope outside, ActorContext context) {
    /** The user whose rows are meant; USER_REQUIRED if the actor stands for none. */
    UserId user(String operation) {
        return context.subject()
                .orElseThrow(() -> new SnagrDataException.Denied(
                        ErrorCode.USER_REQUIRED,
                        operation + " needs to know whose rows are meant: use Actor.user(id) or"
                                + " Actor.service(role).onBehalfOf(id)"));
    }

    /** Whether that user's rows are meant: he is the one whom the actor stands for, or the actor stands for none. */
    boolean means(UserId user) {
        return context.subject().map(user::equals).orElse(true);
    }

    <R> R run(String operation, Function<Handle, R> work) {
        requireAdmitted(operation);
        return statements.run(operation, context, work);
    }

    /** The rows of one query: see {@link StatementScope#list}. */
    <T> List<T> list(String operation, String sql, RowReader<T> reader, Object... values) {
        requireAdmitted(operation);
        return statements.list(operation, context, sql, reader, values);
    }

    /** The row of a query that gives one at most. */
    <T> Optional<T> find(String operation, String sql, RowReader<T> reader, Object... values) {
        List<T> rows = list(operation, sql, reader, values);
        if (rows.size() > 1) {
            throw new IllegalStateException(operation + " found " + rows.size() + " rows where one is the most");
        }
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }

    /** Runs several statements in one transaction, joining the open one, through the caller that it hands in. */
    <R> R transact(String operation, Function<Caller, R> work) {
        requireAdmitted(operation);
        return statements.transact(operation, context, scope -> work.apply(new Caller(scope, outside, context)));
    }

    /** PROOF_REQUIRED for an admin whose proof has expired. The database refuses him as well, by its own clock. */
    private void requireAdmitted(String operation) {
        if (context.expired()) {
            SnagrDataException refusal = new SnagrDataException.Denied(
                    ErrorCode.PROOF_REQUIRED,
                    operation + " was refused: the admin's proof has expired. Let him verify himself again, and open a"
                            + " session with Actor.admin(id, reason, proof)");
            AuditLog.recordRefusal(outside, context, operation, refusal);
            throw refusal;
        }
    }

    /** The same, acting through another role. */
    Caller through(DatabaseRole role) {
        return new Caller(statements, outside, context.through(role));
    }

    /** The same role, for the rows of that user. */
    Caller forSubject(UserId user) {
        return new Caller(statements, outside, context.forSubject(user));
    }

    /** The same actor, whose statements stay when the caller's transaction is rolled back. */
    Caller outsideTransaction() {
        return new Caller(outside, outside, context);
    }
}

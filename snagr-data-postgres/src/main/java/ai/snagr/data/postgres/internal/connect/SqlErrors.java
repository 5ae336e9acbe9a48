package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Turns what the driver, Jdbi and the pool throw into the errors of the API, by SQLSTATE alone. Their messages repeat
 * values of rows and parameters, so neither these nor their causes go on: an error names the operation, the SQLSTATE and
 * the constraint, and its cause has these and the original stack trace.
 */
public final class SqlErrors {
    private SqlErrors() {}

    /** The error of the API for what failed in that operation; anything that is no failure of the database as it is. */
    public static RuntimeException translate(String operation, RuntimeException failure) {
        SnagrDataException ours = find(failure, SnagrDataException.class);
        if (ours != null) {
            return ours;
        }
        SQLException sql = sqlException(failure);
        if (sql != null) {
            return of(operation, sql);
        }
        return failure instanceof JdbiException ? unexpected(operation, failure) : failure;
    }

    /** The error of the API for what the driver threw in that operation. */
    public static SnagrDataException of(String operation, SQLException failure) {
        SnagrDataException ours = find(failure, SnagrDataException.class);
        if (ours != null) {
            return ours;
        }
        SQLException sql = sqlException(failure);
        return TlsErrors.find(operation, failure).orElseGet(() -> bySqlState(operation, sql == null ? failure : sql));
    }

    /** Whether that constraint or unique index of the schema was violated. */
    public static boolean violates(Throwable failure, String constraint) {
        return constraint(failure).filter(constraint::equals).isPresent();
    }

    /** The constraint that was violated; empty if none was, or the server did not say which. */
    public static Optional<String> constraint(Throwable failure) {
        ServerErrorMessage message = serverMessage(failure);
        return message == null ? Optional.empty() : Optional.ofNullable(message.getConstraint());
    }

    private static SnagrDataException bySqlState(String operation, SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        Failure failure = new Failure(operation, state, constraint(e).orElse(null), e);
        return switch (state) {
            case "42501" ->
                new SnagrDataException.Denied(
                        ErrorCode.ACCESS_DENIED,
                        failure.saying("the actor's database role may not do this"),
                        failure.cause());
            case "23505" ->
                new SnagrDataException.Conflict(ErrorCode.ALREADY_EXISTS, failure.saying("such a row exists already"));
            case "23503" ->
                new SnagrDataException.NotFound(
                        failure.saying("a row that this one refers to does not exist, or others still refer to it"));
            case "23001" ->
                new SnagrDataException.Conflict(
                        ErrorCode.WRONG_STATE, failure.saying("other rows still refer to this one"));
            case "23514", "22001", "22003", "22021", "22P05" ->
                serverMessage(e) == null
                        ? failure.unexpected()
                        : new SnagrDataException.InvalidInput(
                                ErrorCode.INVALID_INPUT, failure.saying("a value breaks a rule of the schema"));
            case "57014" ->
                failure.failed(ErrorCode.TIMEOUT, true, "the statement ran longer than the statement timeout allows");
            case "55P03" -> failure.failed(ErrorCode.TIMEOUT, true, "a lock was not free in time");
            case "40001", "40P01" ->
                failure.failed(
                        ErrorCode.CONCURRENT_UPDATE, true, "it lost against a concurrent transaction: do it again");
            case "25P02" ->
                failure.failed(
                        ErrorCode.INTERNAL,
                        false,
                        "an earlier statement of this transaction failed, so nothing of it is kept");
            case "25006" -> failure.failed(ErrorCode.UNAVAILABLE, true, "the server takes no writes at the moment");
            default -> byClass(failure, e);
        };
    }

    private static SnagrDataException byClass(Failure failure, SQLException e) {
        String state = failure.state;
        if (state.startsWith("08") || state.startsWith("57P") || state.startsWith("53")) {
            return failure.failed(ErrorCode.UNAVAILABLE, true, "no server answers, or it is at its limits");
        }
        if (state.startsWith("28") || state.equals("3D000")) {
            return new SnagrDataException.Misconfigured(
                    ErrorCode.CONFIGURATION,
                    failure.saying("the server refuses the login: check database, user and password"),
                    failure.cause());
        }
        if (e instanceof SQLTransientConnectionException) {
            return failure.failed(ErrorCode.UNAVAILABLE, true, "no connection could be opened in time");
        }
        return failure.unexpected();
    }

    private static SnagrDataException unexpected(String operation, Throwable failure) {
        SQLException cause = new SQLException(failure.getClass().getName());
        cause.setStackTrace(failure.getStackTrace());
        return new SnagrDataException.Failed(
                ErrorCode.INTERNAL,
                false,
                operation + " failed: " + failure.getClass().getSimpleName()
                        + "; this should not happen: please report it with this message",
                cause);
    }

    private static @Nullable SQLException sqlException(Throwable failure) {
        SQLException first = null;
        for (Throwable t = failure; t != null; t = next(t)) {
            if (t instanceof SQLException sql) {
                if (sql.getSQLState() != null) {
                    return sql;
                }
                first = first == null ? sql : first;
            }
        }
        return first;
    }

    private static @Nullable ServerErrorMessage serverMessage(Throwable failure) {
        for (Throwable t = failure; t != null; t = next(t)) {
            if (t instanceof PSQLException sql && sql.getServerErrorMessage() != null) {
                return sql.getServerErrorMessage();
            }
        }
        return null;
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        for (Throwable t = failure; t != null; t = next(t)) {
            if (type.isInstance(t)) {
                return type.cast(t);
            }
        }
        return null;
    }

    private static @Nullable Throwable next(Throwable t) {
        if (t instanceof BatchUpdateException batch && batch.getNextException() != null) {
            return batch.getNextException();
        }
        return t.getCause();
    }

    private record Failure(
            String operation, String state, @Nullable String constraint, SQLException original) {
        String saying(String what) {
            return operation + " failed: " + what + " (" + facts() + ")";
        }

        SnagrDataException failed(ErrorCode code, boolean retryable, String what) {
            return new SnagrDataException.Failed(code, retryable, saying(what), cause());
        }

        SnagrDataException unexpected() {
            return failed(ErrorCode.INTERNAL, false, "this should not happen: please report it with this message");
        }

        SQLException cause() {
            SQLException cause = new SQLException(facts(), state.isEmpty() ? null : state);
            cause.setStackTrace(original.getStackTrace());
            return cause;
        }

        private String facts() {
            String sqlState = state.isEmpty() ? "without SQLSTATE" : "SQLSTATE " + state;
            return constraint == null ? sqlState : sqlState + ", constraint " + constraint;
        }
    }
}

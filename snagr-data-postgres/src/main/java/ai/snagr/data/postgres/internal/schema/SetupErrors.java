package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.TlsErrors;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What went wrong while the database was prepared, as errors of the API. Unlike a query's, these repeat the server's message
 * and hint: they speak of roles, tables and settings.
 */
final class SetupErrors {
    /** Lost against another session: the wait for a lock, a deadlock. */
    private static final Set<String> LOCKED = Set.of("55P03", "40P01", "40001");

    private SetupErrors() {}

    static SnagrDataException of(String attempt, SQLException failure) {
        Optional<SnagrDataException> untrusted = TlsErrors.find(attempt, failure);
        if (untrusted.isPresent()) {
            return untrusted.get();
        }
        String state = stateOf(failure);
        String what = attempt + " failed (SQLSTATE " + state + "): " + message(failure);
        if (isUnavailable(failure)) {
            return new SnagrDataException.Failed(ErrorCode.UNAVAILABLE, true, what, failure);
        }
        if (isTransient(failure)) {
            return new SnagrDataException.Failed(ErrorCode.CONCURRENT_UPDATE, true, what, failure);
        }
        return new SnagrDataException.Misconfigured(ErrorCode.CONFIGURATION, what, failure);
    }

    /** Whether the same may succeed after a moment, because another session was in the way. */
    static boolean isTransient(Throwable failure) {
        SQLException sql = sqlException(failure);
        if (sql == null) {
            return false;
        }
        String state = stateOf(sql);
        return LOCKED.contains(state) || isRaceForRoles(state, sql);
    }

    /** Whether no server answered, or one that is at its limits or going down. */
    static boolean isUnavailable(SQLException failure) {
        String state = stateOf(failure);
        return state.startsWith("08") || state.startsWith("57P") || state.startsWith("53");
    }

    static boolean isWrongPassword(SQLException failure) {
        return stateOf(failure).equals("28P01");
    }

    static @Nullable SQLException sqlException(Throwable failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof SQLException)) {
            cause = cause.getCause();
        }
        return (SQLException) cause;
    }

    /** Another database of the cluster changed the same role or membership. The message of XX000 is never translated. */
    private static boolean isRaceForRoles(String state, SQLException failure) {
        ServerErrorMessage server = serverMessage(failure);
        return switch (state) {
            case "XX000" -> message(failure).startsWith("tuple concurrently");
            case "23505" -> server != null && String.valueOf(server.getTable()).startsWith("pg_auth");
            default -> false;
        };
    }

    private static @Nullable ServerErrorMessage serverMessage(SQLException failure) {
        return failure instanceof PSQLException ours ? ours.getServerErrorMessage() : null;
    }

    private static String message(SQLException failure) {
        ServerErrorMessage server = serverMessage(failure);
        if (server == null) {
            return String.valueOf(failure.getMessage());
        }
        return server.getMessage() + (server.getHint() == null ? "" : ". " + server.getHint());
    }

    private static String stateOf(SQLException failure) {
        return failure.getSQLState() == null ? "none" : failure.getSQLState();
    }
}

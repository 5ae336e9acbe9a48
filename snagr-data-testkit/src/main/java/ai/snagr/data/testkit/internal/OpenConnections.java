package ai.snagr.data.testkit.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Who is connected to one test database, as the server sees it
 * (<a href="https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW">pg_stat_activity</a>).
 */
public final class OpenConnections {
    private static final String SESSIONS = """
            select pid, application_name, coalesce(state, 'unknown'), left(regexp_replace(query, '\\s+', ' ', 'g'), 120)
            from pg_stat_activity
            where datname = ? and backend_type = 'client backend' and pid <> pg_backend_pid()
              and (state is distinct from 'idle' or not ?)
            order by pid
            """;

    private final PostgresServer server;
    private final String database;

    public OpenConnections(PostgresServer server, String database) {
        this.server = server;
        this.database = database;
    }

    /** Sessions that are still inside a transaction or statement when the limit is over; empty if there are none. */
    public List<String> inTransaction(Duration limit) throws SQLException {
        return remaining(limit, true, "a transaction is still open");
    }

    /** Sessions that are still there when the limit is over, idle or not; empty if there are none. */
    public List<String> open(Duration limit) throws SQLException {
        return remaining(limit, false, "a connection is still open");
    }

    private List<String> remaining(Duration limit, boolean busyOnly, String what) throws SQLException {
        Deadline deadline = Deadline.in(limit);
        try (Connection connection = server.connect();
                PreparedStatement statement = connection.prepareStatement(SESSIONS)) {
            statement.setString(1, database);
            statement.setBoolean(2, busyOnly);
            List<String> found = new ArrayList<>();
            List<SQLException> failures = new ArrayList<>();
            boolean over = deadline.waitFor(() -> {
                try {
                    found.clear();
                    found.addAll(read(statement, what));
                    return found.isEmpty();
                } catch (SQLException failure) {
                    failures.add(failure);
                    return true;
                }
            });
            if (!failures.isEmpty()) {
                throw failures.get(0);
            }
            return over ? List.of() : found;
        }
    }

    private static List<String> read(PreparedStatement statement, String what) throws SQLException {
        List<String> sessions = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                sessions.add(what + ": backend " + rows.getInt(1) + " (" + rows.getString(2) + "), " + rows.getString(3)
                        + ", last statement: " + rows.getString(4));
            }
        }
        return sessions;
    }
}

package ai.snagr.data.benchmarks;

import ai.snagr.data.testkit.ServerKind;
import ai.snagr.data.testkit.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The time that the server's processes for one database were on a processor, as Linux's scheduler counts it in
 * {@code /proc/PID/schedstat}: nanoseconds, where the clock ticks of {@code /proc/PID/stat} would be ten milliseconds.
 */
final class BackendCpu implements AutoCloseable {
    static final String NEEDED = "needs Linux, and a server whose processes are visible here";

    private static final String BACKENDS = "select pid from pg_stat_activity"
            + " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
            + " order by pid";

    private final Connection connection;
    private final PreparedStatement backends;

    private BackendCpu(Connection connection) throws SQLException {
        this.connection = connection;
        this.backends = connection.prepareStatement(BACKENDS);
    }

    /** Empty where the processes are not those of this machine, or are not counted. */
    static Optional<BackendCpu> of(TestDatabase database) throws SQLException {
        if (database.postgres().kind() != ServerKind.EMBEDDED || !Files.isReadable(Path.of("/proc/self/schedstat"))) {
            return Optional.empty();
        }
        return Optional.of(new BackendCpu(database.adminConnection()));
    }

    Reading read() throws SQLException, IOException {
        List<Integer> pids = new ArrayList<>();
        try (ResultSet rows = backends.executeQuery()) {
            while (rows.next()) {
                pids.add(rows.getInt(1));
            }
        }
        long nanos = 0;
        for (int pid : pids) {
            String counters = Files.readString(Path.of("/proc/" + pid + "/schedstat"));
            nanos += Long.parseLong(counters.substring(0, counters.indexOf(' ')));
        }
        return new Reading(pids, nanos);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    record Reading(List<Integer> pids, long nanos) {
        /** Nanoseconds since the earlier reading; not a number if a process came or went between, and took its count. */
        double since(Reading earlier) {
            return pids.equals(earlier.pids) ? nanos - earlier.nanos : Double.NaN;
        }
    }
}

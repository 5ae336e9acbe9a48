package ai.snagr.data.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How many audit events a second can be written, against the same bytes in a table of the same columns without index,
 * constraint, trigger and policy. Ours goes as it does from the store: as the actor's role, with his claims before it in the
 * same message. The other is the plain insert of a superuser.
 *
 * <p>The server here does not wait for its disk ({@code fsync=off}), which both would do at each commit: where it does, they
 * are closer to each other.
 */
final class AuditThroughput implements AutoCloseable {
    private static final int WRITERS = 16;

    private static final String COLUMNS =
            " (id, actor, role, action, object, outcome, request, subject) values (?, ?, 'snagr_user', 'reveal', ?,"
                    + " 'succeeded', ?, ?)";

    private static final Way AUDITED = new Way(
            "select where (set_config('role', 'snagr_user', true) || set_config('request.jwt.claims', ?, true)) is null;\n"
                    + "insert into snagr.audit_events" + COLUMNS,
            1);

    private static final Way PLAIN = new Way("insert into public.plain_events" + COLUMNS, 0);

    private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    private final HikariDataSource bound;
    private final HikariDataSource unbound;

    private AuditThroughput(Marketplace marketplace) {
        bound = Marketplace.pool(marketplace.peer(), WRITERS);
        unbound = Marketplace.pool(marketplace.unbound(), WRITERS);
    }

    static List<Metric> measure(Marketplace marketplace, Effort effort) throws Exception {
        String user = marketplace.user().toString();
        int each = Math.max(1, effort.operations() / 6);
        try (AuditThroughput throughput = new AuditThroughput(marketplace);
                Connection admin = marketplace.database().adminConnection();
                Statement statement = admin.createStatement()) {
            statement.execute("create table public.plain_events (like snagr.audit_events including defaults)");
            long before = count(statement, "snagr.audit_events");
            PairedRounds rounds = new PairedRounds(Optional.empty())
                    .variant("audited", () -> throughput.write(throughput.bound, AUDITED, user, each))
                    .variant("plain", () -> throughput.write(throughput.unbound, PLAIN, user, each))
                    .run(effort.warmUpRounds(), effort.rounds(), 1);
            long expected = (long) (effort.warmUpRounds() + effort.rounds()) * WRITERS * each;
            if (count(statement, "snagr.audit_events") - before != expected
                    || count(statement, "public.plain_events") != expected) {
                throw new IllegalStateException("not every event was written");
            }
            statement.execute("drop table public.plain_events");
            return List.of(
                    Metric.atLeast(0.9, "ratio", "audit_insert_vs_plain_insert", rounds.ratio("plain", "audited")));
        }
    }

    private static long count(Statement statement, String table) throws SQLException {
        try (ResultSet rows = statement.executeQuery("select count(*) from " + table)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** Has every writer insert so many events, each in a transaction of its own; how many were written. */
    private long write(HikariDataSource pool, Way way, String user, int each) throws Exception {
        List<Callable<Long>> work = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            work.add(() -> way.insert(pool, user, each));
        }
        long written = 0;
        for (Future<Long> writer : writers.invokeAll(work)) {
            written += writer.get();
        }
        return written;
    }

    @Override
    public void close() {
        writers.shutdownNow();
        bound.close();
        unbound.close();
    }

    /** @param claims how many parameters come before those of the event */
    private record Way(String sql, int claims) {
        long insert(HikariDataSource pool, String user, int events) throws SQLException {
            try (Connection connection = pool.getConnection();
                    PreparedStatement insert = connection.prepareStatement(sql)) {
                for (int i = 0; i < events; i++) {
                    if (claims > 0) {
                        insert.setString(1, "{\"sub\":\"" + user + "\",\"role\":\"snagr_user\"}");
                    }
                    UUID id = timeOrdered();
                    insert.setObject(claims + 1, id);
                    insert.setString(claims + 2, user);
                    insert.setString(claims + 3, "matches:" + id);
                    insert.setString(claims + 4, "request/" + id);
                    insert.setBytes(claims + 5, new byte[32]);
                    insert.execute();
                }
                return events;
            }
        }

        /** As the store's ids are: version 7. */
        private static UUID timeOrdered() {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            return new UUID(
                    System.currentTimeMillis() << 16 | 0x7000 | random.nextInt(0x1000),
                    random.nextLong() >>> 2 | 0x8000_0000_0000_0000L);
        }
    }
}

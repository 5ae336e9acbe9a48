package ai.snagr.data.benchmarks;

import ai.snagr.data.postgres.AuditSealer;
import ai.snagr.data.postgres.AuditSigner;
import ai.snagr.data.postgres.CheckpointSink;
import ai.snagr.data.postgres.PostgresSnagrData;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * How many audit events a second 16 writers insert, against the same bytes in a plain table. Both go as a statement of the
 * store goes: on the pool of one login, as the actor's role, with his claims before the insert in the same message, each in
 * a transaction and a round trip of its own. The plain table has the columns, defaults and indexes of the other. What it
 * lacks is compared: row-level security with the policy of an event, and the seal. The sealer works beside
 * those who write audit events; it takes what was written the round before, and a round ends when both have. So each event
 * pays for its leaf too. What the client computes for an event, its pseudonym and id, is not measured.
 *
 * <p>The server waits for its disk at a commit or not as it is set up; the one of the tests does not ({@code fsync=off}).
 * Where it does, the two are closer to each other.
 */
final class AuditThroughput implements AutoCloseable {
    private static final int WRITERS = 16;

    private static final String COLUMNS =
            " (id, actor, role, action, object, outcome, request, subject) values (?, ?, 'snagr_user', 'reveal', ?,"
                    + " 'succeeded', ?, ?)";

    private static final String AS_USER =
            "select where (set_config('role', ?, true) || set_config('request.jwt.claims', ?, true)"
                    + " || set_config('statement_timeout', ?, true)) is null;\n";

    private static final String AUDITED = AS_USER + "insert into snagr.audit_events" + COLUMNS;
    private static final String PLAIN = AS_USER + "insert into public.plain_events" + COLUMNS;

    private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS + 1);
    private final HikariDataSource pool;
    private final PostgresSnagrData data;
    private final AuditSealer sealer;

    private AuditThroughput(Marketplace marketplace, Path directory) {
        pool = Marketplace.pool(marketplace.peer(), WRITERS);
        data = PostgresSnagrData.builder()
                .primary(
                        marketplace.database().jdbcUrl(),
                        marketplace.database().user(),
                        marketplace.database().password())
                .keys(marketplace.keys())
                .build();
        sealer = data.auditSealer(
                AuditSigner.create(directory.resolve("key"), "audit.example"),
                CheckpointSink.file(directory.resolve("checkpoints")));
    }

    static List<Metric> measure(Marketplace marketplace, Effort effort) throws Exception {
        Path directory = Files.createTempDirectory("audit");
        try {
            return measure(marketplace, effort, directory);
        } finally {
            for (String name : List.of("key", "checkpoints")) {
                Files.deleteIfExists(directory.resolve(name));
            }
            Files.delete(directory);
        }
    }

    private static List<Metric> measure(Marketplace marketplace, Effort effort, Path directory) throws Exception {
        String user = marketplace.user().toString();
        int each = effort.operations() / 2;
        try (AuditThroughput throughput = new AuditThroughput(marketplace, directory);
                Connection admin = marketplace.database().adminConnection();
                Statement statement = admin.createStatement()) {
            statement.execute("create table public.plain_events"
                    + " (like snagr.audit_events including defaults including indexes)");
            statement.execute("grant insert on public.plain_events to snagr_user");
            long before = count(statement, "snagr.audit_events");
            PairedRounds rounds = new PairedRounds(Optional.empty())
                    .variant("audited", () -> throughput.write(AUDITED, user, each, throughput.sealer::seal))
                    .variant("plain", () -> throughput.write(PLAIN, user, each, () -> 0L))
                    .run(effort.warmUpRounds(), effort.rounds(), 1);
            long expected = (long) (effort.warmUpRounds() + effort.rounds()) * WRITERS * each;
            if (count(statement, "snagr.audit_events") - before != expected
                    || count(statement, "public.plain_events") != expected) {
                throw new IllegalStateException("not every event was written");
            }
            if (count(statement, "snagr.audit_leaves") < expected - (long) WRITERS * each) {
                throw new IllegalStateException("not every round was sealed beside the next");
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

    /** Has every writer insert so many events, each in a transaction of its own, and something else done meanwhile. */
    private long write(String sql, String user, int each, Callable<Long> beside) throws Exception {
        List<Callable<Long>> work = new ArrayList<>();
        work.add(beside);
        for (int i = 0; i < WRITERS; i++) {
            work.add(() -> insert(sql, user, each));
        }
        long done = 0;
        for (Future<Long> part : writers.invokeAll(work)) {
            done += part.get();
        }
        return done;
    }

    private long insert(String sql, String user, int events) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(sql)) {
            for (int i = 0; i < events; i++) {
                insert.setString(1, "snagr_user");
                insert.setString(2, "{\"sub\":\"" + user + "\",\"role\":\"snagr_user\"}");
                insert.setString(3, "30000");
                UUID id = timeOrdered();
                insert.setObject(4, id);
                insert.setString(5, user);
                insert.setString(6, "matches:" + id);
                insert.setString(7, "request/" + id);
                insert.setBytes(8, new byte[32]);
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

    @Override
    public void close() {
        writers.shutdownNow();
        pool.close();
        data.close();
    }
}

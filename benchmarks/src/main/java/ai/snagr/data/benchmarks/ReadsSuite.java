package ai.snagr.data.benchmarks;

import ai.snagr.data.Actor;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchDetails;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.search.Search;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.WireRelay;
import ai.snagr.data.user.UserId;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/**
 * Reads under row-level security against the same reads without it: one match by id, and the first page of a search. The
 * baseline is pooled JDBC mapped by hand, as a superuser whom no policy binds; Jdbi with its reflective constructor mapper
 * stands beside it.
 */
final class ReadsSuite {
    private static final String POINT = """
            select id, search_id, job_id, title, price_minor, currency, description, image_url, posted_at,
              distance_meters, relevance_score, created_at, updated_at
            from snagr.matches
            where user_id = ? and id = ?""";

    private static final String PAGE = """
            select id, search_id, title, price_minor, currency, image_url, posted_at, distance_meters, relevance_score
            from snagr.matches
            where user_id = ? and search_id = ?
            order by relevance_score desc, id desc
            limit 21""";

    private final boolean quick;

    ReadsSuite(boolean quick) {
        this.quick = quick;
    }

    List<Metric> run() throws Exception {
        try (TestDatabase database = TestDatabase.create();
                KeyProvider keys = Keys.ephemeral();
                WireRelay relay = WireRelay.to(database.jdbcUrl());
                SnagrData data = database.open(keys);
                SnagrData counted = open(database, relay, keys);
                HikariDataSource pool = pool(database)) {
            Samples samples = Samples.ofSeed(7);
            UserId user = samples.registeredUser(data).id();
            Search search = fill(data, samples, user);
            analyze(database);
            Session session = data.as(Actor.user(user));
            Match match = session.matches()
                    .listBySearch(search.id(), MatchQuery.top(20))
                    .first();
            return measure(session, counted.as(Actor.user(user)), relay, pool, user.value(), search, match);
        }
    }

    private List<Metric> measure(
            Session session,
            Session counted,
            WireRelay relay,
            HikariDataSource pool,
            UUID user,
            Search search,
            Match match)
            throws Exception {
        Jdbi jdbi = Jdbi.create(pool);
        UUID searchId = search.id().value();
        UUID matchId = match.id().value();
        PairedRounds rounds = new PairedRounds()
                .variant("point ours", () -> session.matches().find(match.id()).orElse(null))
                .variant("point raw", () -> read(pool, POINT, user, matchId))
                .variant(
                        "point jdbi",
                        () -> jdbi.withHandle(handle -> handle.select(POINT, user, matchId)
                                .map(ConstructorMapper.of(PointRow.class))
                                .one()))
                .variant("page ours", () -> session.matches().listBySearch(search.id(), MatchQuery.top(20)))
                .variant("page raw", () -> read(pool, PAGE, user, searchId))
                .variant(
                        "page jdbi",
                        () -> jdbi.withHandle(handle -> handle.select(PAGE, user, searchId)
                                .map(ConstructorMapper.of(PageRow.class))
                                .list()))
                .run(quick ? 10 : 40, quick ? 20 : 60, quick ? 100 : 400);
        List<Metric> metrics = new ArrayList<>();
        metrics.add(ratio(rounds, "point_read_vs_raw_jdbc", "point ours", "point raw", 1.6));
        metrics.add(ratio(rounds, "point_read_vs_jdbi_constructor_mapper", "point ours", "point jdbi", 1.0));
        metrics.add(ratio(rounds, "page_vs_raw_jdbc", "page ours", "page raw", 1.6));
        metrics.add(ratio(rounds, "page_vs_jdbi_constructor_mapper", "page ours", "page jdbi", 1.0));
        metrics.add(PairedRounds.metric("point_read_bytes_allocated", rounds.bytes("point ours"), "B", 4_096, "lower"));
        metrics.add(PairedRounds.metric(
                "round_trips_per_read", roundTrips(counted, relay, match), "round trips", 1, "lower"));
        return metrics;
    }

    private static Metric ratio(PairedRounds rounds, String name, String ours, String theirs, double goal) {
        return PairedRounds.metric(name, rounds.ratio(ours, theirs), "ratio", goal, "lower");
    }

    private static double[] roundTrips(Session counted, WireRelay relay, Match match) {
        double[] counts = new double[20];
        for (int i = 0; i < counts.length; i++) {
            relay.resetRoundTrips();
            MatchDetails ignored = counted.matches().get(match.id());
            counts[i] = relay.roundTrips();
        }
        return counts;
    }

    private Search fill(SnagrData data, Samples samples, UserId user) {
        Session session = data.as(Actor.user(user));
        int searches = quick ? 10 : 100;
        Search last = samples.search(session);
        for (int i = 0; i < searches; i++) {
            List<Match> ignored = samples.matches(data, last, 2_000);
            last = i < searches - 1 ? samples.search(session) : last;
        }
        return last;
    }

    private static void analyze(TestDatabase database) throws SQLException {
        try (Connection admin = database.adminConnection();
                Statement statement = admin.createStatement()) {
            statement.execute("vacuum analyze snagr.matches");
        }
    }

    private static SnagrData open(TestDatabase database, WireRelay relay, KeyProvider keys) {
        return PostgresSnagrData.builder()
                .primary(relay.jdbcUrl(database.jdbcUrl()), database.user(), database.password())
                .keys(keys)
                .build();
    }

    private static HikariDataSource pool(TestDatabase database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(database.jdbcUrl());
        pool.setUsername(database.postgres().user());
        pool.setPassword(database.postgres().password());
        pool.setMaximumPoolSize(4);
        return pool;
    }

    private static List<Object> read(HikariDataSource pool, String sql, UUID user, UUID id) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, user);
            statement.setObject(2, id);
            List<Object> rows = new ArrayList<>();
            boolean point = sql.equals(POINT);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(point ? pointRow(row) : pageRow(row));
                }
            }
            return rows;
        }
    }

    private static PointRow pointRow(ResultSet row) throws SQLException {
        return new PointRow(
                row.getObject(1, UUID.class),
                row.getObject(2, UUID.class),
                row.getObject(3, UUID.class),
                row.getString(4),
                row.getLong(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getObject(9, OffsetDateTime.class),
                row.getInt(10),
                row.getDouble(11),
                row.getObject(12, OffsetDateTime.class),
                row.getObject(13, OffsetDateTime.class));
    }

    private static PageRow pageRow(ResultSet row) throws SQLException {
        return new PageRow(
                row.getObject(1, UUID.class),
                row.getObject(2, UUID.class),
                row.getString(3),
                row.getLong(4),
                row.getString(5),
                row.getString(6),
                row.getObject(7, OffsetDateTime.class),
                row.getInt(8),
                row.getDouble(9));
    }

    /** What the baseline and Jdbi map a match to. */
    public record PointRow(
            UUID id,
            UUID searchId,
            UUID jobId,
            String title,
            long priceMinor,
            String currency,
            String description,
            String imageUrl,
            OffsetDateTime postedAt,
            int distanceMeters,
            double relevanceScore,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    /** What the baseline and Jdbi map a row of a page to. */
    public record PageRow(
            UUID id,
            UUID searchId,
            String title,
            long priceMinor,
            String currency,
            String imageUrl,
            OffsetDateTime postedAt,
            int distanceMeters,
            double relevanceScore) {}
}

package ai.snagr.data.benchmarks;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrData;
import ai.snagr.data.benchmarks.Peer.PageRow;
import ai.snagr.data.benchmarks.Peer.PointRow;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchDetails;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.postgres.PoolSettings;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.TestPgBouncer;
import ai.snagr.data.testkit.WireRelay;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a session costs: round trips on the wire, reads under row-level security against pooled JDBC without it and against
 * others with it, deep pages, search of the largest user, payment and unlock, many virtual threads on few connections, the
 * audit events that 16 writers insert, and what the feed of changes costs who writes.
 *
 * <p>Each variant's rows are compared with the baseline's before it is measured. The peers run under row-level security too,
 * each in the transaction that its documentation advises, with role and claims as the first statement; the baseline is
 * JDBC mapped by hand, as a superuser whom no policy binds.
 */
final class SessionsSuite implements Suite {
    private static final int PAGE_SIZE = 20;
    private static final int DEPTH = 100_000;
    private static final int STATEMENTS = 5;
    private static final int CALLERS = 512;
    private static final int CONNECTIONS = 4;

    private static final String POOLER_NEEDED = "needs pgbouncer on the PATH: it is a package of the operating system";

    private static final String UNBOUND_SEARCH = """
            select id, search_id, title, price_minor, currency, image_url, posted_at, distance_meters, relevance_score
            from snagr.matches
            where user_id = ? and search_id = ?
            and search_tsv @@ websearch_to_tsquery('pg_catalog.simple'::regconfig, ?)
            order by relevance_score desc, id desc
            limit 21""";

    private static final String DEEP = """
            select id
            from snagr.matches
            where user_id = ? and search_id = ?
            order by relevance_score desc, id desc
            limit 20 offset ?""";

    @Override
    public Result run(Effort effort) throws Exception {
        try (Marketplace marketplace = Marketplace.open()) {
            List<Metric> metrics = new ArrayList<>();
            metrics.addAll(roundTrips(marketplace));
            metrics.addAll(reads(marketplace, effort));
            metrics.addAll(searches(marketplace, effort));
            metrics.addAll(Unlocking.measure(marketplace, effort));
            metrics.addAll(virtualThreads(marketplace, effort));
            metrics.addAll(AuditThroughput.measure(marketplace, effort));
            metrics.addAll(FeedCost.measure(effort));
            return new Result(metrics, versions(marketplace));
        }
    }

    private static List<Metric> roundTrips(Marketplace marketplace) throws Exception {
        List<Metric> metrics = new ArrayList<>();
        try (WireRelay relay = WireRelay.to(marketplace.database().jdbcUrl());
                SnagrData data = through(relay, marketplace.peer(), marketplace)) {
            metrics.addAll(roundTrips("", relay, session(data, marketplace), marketplace));
        }
        if (!TestPgBouncer.isInstalled()) {
            metrics.add(
                    Metric.absent("round_trips_per_read_through_pgbouncer", "round trips", 1, "lower", POOLER_NEEDED));
            metrics.add(Metric.absent(
                    transactionOf("_through_pgbouncer"), "round trips", STATEMENTS + 1, "lower", POOLER_NEEDED));
            return metrics;
        }
        try (TestPgBouncer pgbouncer = TestPgBouncer.start(marketplace.peer(), "pool_mode = transaction");
                WireRelay relay = WireRelay.to(pgbouncer.address().jdbcUrl());
                SnagrData data = through(relay, pgbouncer.address(), marketplace)) {
            metrics.addAll(roundTrips("_through_pgbouncer", relay, session(data, marketplace), marketplace));
        }
        return metrics;
    }

    private static String transactionOf(String suffix) {
        return "round_trips_per_transaction_of_" + STATEMENTS + suffix;
    }

    private static List<Metric> roundTrips(String suffix, WireRelay relay, Session session, Marketplace marketplace) {
        MatchId id = first(marketplace).id();
        double[] reads = new double[20];
        double[] transactions = new double[20];
        for (int i = 0; i < reads.length; i++) {
            relay.resetRoundTrips();
            MatchDetails ignored = session.matches().get(id);
            reads[i] = relay.roundTrips();
            relay.resetRoundTrips();
            session.inTransaction(joined -> {
                for (int statement = 0; statement < STATEMENTS; statement++) {
                    MatchDetails read = joined.matches().get(id);
                    require(read.match().id().equals(id), "the transaction reads another match");
                }
                return "";
            });
            transactions[i] = relay.roundTrips();
        }
        return List.of(
                Metric.atMost(1, "round trips", "round_trips_per_read" + suffix, reads),
                Metric.atMost(STATEMENTS + 1, "round trips", transactionOf(suffix), transactions));
    }

    /** A store whose statements go through the relay; the pooler at hand may not keep prepared statements. */
    private static SnagrData through(WireRelay relay, StoreAddress login, Marketplace marketplace) {
        return PostgresSnagrData.builder()
                .primary(relay.jdbcUrl(login.jdbcUrl()), login.user(), login.password())
                .migrator(
                        marketplace.database().jdbcUrl(),
                        marketplace.database().user(),
                        marketplace.database().password())
                .services(Set.of(ServiceRole.AUTH, ServiceRole.PAYMENTS))
                .pool(PoolSettings.defaults().withPrepareThreshold(0))
                .keys(marketplace.keys())
                .build();
    }

    private static List<Metric> reads(Marketplace marketplace, Effort effort) throws Exception {
        UUID user = marketplace.user().value();
        UUID search = marketplace.search().id().value();
        Match match = first(marketplace);
        Session session = session(marketplace.data(), marketplace);
        MatchQuery top = MatchQuery.top(PAGE_SIZE);
        MatchQuery deep = deep(session, marketplace);
        requireDeep(session, marketplace, deep);
        try (HikariDataSource unbound = Marketplace.pool(marketplace.unbound(), CONNECTIONS);
                HikariDataSource bound = Marketplace.pool(marketplace.peer(), CONNECTIONS);
                HikariDataSource uncommitted = uncommitted(marketplace);
                Peers peers = new Peers(unbound, bound, uncommitted);
                Watched server = new Watched(marketplace)) {
            PointRow point = peers.baseline().find(user, match.id().value());
            List<PageRow> page = peers.baseline().page(user, search);
            require(point(session.matches().get(match.id())).equals(instants(point)), "ours finds other values");
            List<PageRow> shown = page.subList(0, PAGE_SIZE);
            Slice<Match> ours =
                    session.matches().listBySearch(marketplace.search().id(), top);
            require(
                    ours.items().stream().map(SessionsSuite::row).toList().equals(instants(shown)),
                    "ours lists other rows");
            PairedRounds rounds = new PairedRounds(server.cpu)
                    .variant("point ours", () -> session.matches().get(match.id()))
                    .variant(
                            "page ours",
                            () -> session.matches()
                                    .listBySearch(marketplace.search().id(), top))
                    .variant(
                            "page deep",
                            () -> session.matches()
                                    .listBySearch(marketplace.search().id(), deep));
            for (Map.Entry<String, Peer> entry : peers.byName.entrySet()) {
                Peer peer = entry.getValue();
                require(
                        instants(peer.find(user, match.id().value())).equals(instants(point)),
                        entry.getKey() + " finds other values");
                require(instants(peer.page(user, search)).equals(instants(page)), entry.getKey() + " lists other rows");
                rounds.variant(
                        "point " + entry.getKey(),
                        () -> peer.find(user, match.id().value()));
                rounds.variant("page " + entry.getKey(), () -> peer.page(user, search));
            }
            rounds.run(effort.warmUpRounds(), effort.rounds(), effort.operations());
            List<Metric> metrics = new ArrayList<>();
            metrics.addAll(reads(rounds, "point"));
            metrics.addAll(reads(rounds, "page"));
            metrics.add(Metric.atMost(4_096, "B", "rls_point_read_bytes_allocated", rounds.bytes("point ours")));
            metrics.add(
                    Metric.atMost(1.15, "ratio", "page_at_100000_vs_page_1", rounds.ratio("page deep", "page ours")));
            return metrics;
        }
    }

    private static List<Metric> reads(PairedRounds rounds, String what) {
        String ours = what + " ours";
        String name = what.equals("point") ? "rls_point_read" : "rls_page";
        List<Metric> metrics = new ArrayList<>();
        metrics.add(
                Metric.atMost(1.6, "ratio", name + "_vs_raw_jdbc", rounds.ratio(ours, what + " " + Peers.RAW_JDBC)));
        metrics.add(serverCpu(rounds, name, ours, what + " " + Peers.RAW_JDBC));
        metrics.add(Metric.atMost(
                1.6, "ratio", name + "_client_cpu_vs_raw_jdbc", rounds.clientRatio(ours, what + " " + Peers.RAW_JDBC)));
        metrics.add(Metric.atMost(
                1.1, "ratio", name + "_vs_same_message_jdbc", rounds.ratio(ours, what + " " + Peers.SAME_MESSAGE)));
        for (String peer : List.of(Peers.TRANSACTION, Peers.JDBI, Peers.JOOQ, Peers.HIBERNATE)) {
            metrics.add(Metric.atMost(1, "ratio", name + "_vs_" + peer, rounds.ratio(ours, what + " " + peer)));
        }
        return metrics;
    }

    private static Metric serverCpu(PairedRounds rounds, String name, String ours, String baseline) {
        String full = name + "_server_cpu_vs_raw_jdbc";
        return rounds.serverRatio(ours, baseline)
                .filter(ratios -> ratios.length > 0)
                .map(ratios -> Metric.atMost(2, "ratio", full, ratios))
                .orElseGet(() -> Metric.absent(full, "ratio", 2, "lower", BackendCpu.NEEDED));
    }

    /** The query of the page that begins behind a hundred thousand matches. */
    private static MatchQuery deep(Session session, Marketplace marketplace) {
        MatchQuery query = MatchQuery.top(200);
        for (int read = 0; read < DEPTH; read += 200) {
            query = query.after(session.matches()
                    .listBySearch(marketplace.search().id(), query)
                    .next()
                    .orElseThrow());
        }
        return MatchQuery.top(PAGE_SIZE).after(query.page().after().orElseThrow());
    }

    private static void requireDeep(Session session, Marketplace marketplace, MatchQuery deep) throws SQLException {
        List<UUID> expected = new ArrayList<>();
        try (Connection admin = marketplace.database().adminConnection();
                PreparedStatement statement = admin.prepareStatement(DEEP)) {
            statement.setObject(1, marketplace.user().value());
            statement.setObject(2, marketplace.search().id().value());
            statement.setInt(3, DEPTH);
            ResultSet rows = statement.executeQuery();
            while (rows.next()) {
                expected.add(rows.getObject(1, UUID.class));
            }
        }
        List<UUID> found = session.matches().listBySearch(marketplace.search().id(), deep).items().stream()
                .map(match -> match.id().value())
                .toList();
        require(found.size() == PAGE_SIZE && found.equals(expected), "the deep page has other rows");
    }

    private static List<Metric> searches(Marketplace marketplace, Effort effort) throws Exception {
        Session session = session(marketplace.data(), marketplace);
        MatchQuery rare = MatchQuery.top(PAGE_SIZE).withText(Marketplace.RARE_WORD);
        UUID user = marketplace.user().value();
        UUID search = marketplace.search().id().value();
        try (HikariDataSource unbound = Marketplace.pool(replanning(marketplace.unbound()), CONNECTIONS)) {
            List<UUID> found = session
                    .matches()
                    .listBySearch(marketplace.search().id(), rare)
                    .items()
                    .stream()
                    .map(match -> match.id().value())
                    .toList();
            List<UUID> expected = unboundSearch(unbound, user, search);
            require(
                    found.size() == PAGE_SIZE && found.equals(expected.subList(0, PAGE_SIZE)),
                    "the search has other rows");
            PairedRounds rounds = new PairedRounds(Optional.empty())
                    .variant(
                            "ours",
                            () -> session.matches()
                                    .listBySearch(marketplace.search().id(), rare))
                    .variant("no rls", () -> unboundSearch(unbound, user, search))
                    .run(effort.warmUpRounds(), effort.rounds(), effort.operations());
            return List.of(
                    Metric.atMost(3, "ratio", "search_page_large_user_vs_no_rls", rounds.ratio("ours", "no rls")),
                    Metric.atMost(1, "ms", "search_page_large_user", millis(rounds.nanos("ours"))));
        }
    }

    /** The same login, with each statement planned for its values: a plan for any word would not use the word's index. */
    private static StoreAddress replanning(StoreAddress login) {
        return new StoreAddress(
                login.jdbcUrl() + (login.jdbcUrl().contains("?") ? "&" : "?") + "prepareThreshold=0",
                login.user(),
                login.password());
    }

    private static List<UUID> unboundSearch(HikariDataSource pool, UUID user, UUID search) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(UNBOUND_SEARCH)) {
            statement.setObject(1, user);
            statement.setObject(2, search);
            statement.setString(3, Marketplace.RARE_WORD);
            List<UUID> ids = new ArrayList<>();
            ResultSet rows = statement.executeQuery();
            while (rows.next()) {
                ids.add(rows.getObject(1, UUID.class));
                require(rows.getString(3) != null && rows.getDouble(9) >= 0, "a row is not whole");
            }
            return ids;
        }
    }

    private static List<Metric> virtualThreads(Marketplace marketplace, Effort effort) throws Exception {
        String wait = "virtual_threads_longest_wait";
        String throughput = "virtual_threads_throughput_vs_bare_hikari";
        if (!VirtualThreads.exist()) {
            return List.of(
                    Metric.absent(wait, "ms", 100, "lower", VirtualThreads.NEEDED),
                    Metric.absent(throughput, "ratio", 1.2, "higher", VirtualThreads.NEEDED));
        }
        MatchId id = first(marketplace).id();
        long nanos = TimeUnit.SECONDS.toNanos(effort.callSeconds());
        double[] waits = new double[5];
        double[] ratios = new double[waits.length];
        try (SnagrData data = PostgresSnagrData.builder()
                        .primary(
                                marketplace.database().jdbcUrl(),
                                marketplace.database().user(),
                                marketplace.database().password())
                        .keys(marketplace.keys())
                        .pool(PoolSettings.defaults().withMaxConnections(CONNECTIONS))
                        .build();
                HikariDataSource bare = Marketplace.pool(marketplace.peer(), CONNECTIONS)) {
            Session session = session(data, marketplace);
            Peer peer = new JdbcPeer(bare, JdbcPeer.Way.SAME_MESSAGE);
            UUID user = marketplace.user().value();
            for (int round = -1; round < waits.length; round++) {
                VirtualThreads.Calls ours = VirtualThreads.call(
                        CALLERS, nanos, () -> session.matches().get(id));
                VirtualThreads.Calls theirs = VirtualThreads.call(CALLERS, nanos, () -> peer.find(user, id.value()));
                if (round >= 0) {
                    waits[round] = ours.longestNanos() / 1e6;
                    ratios[round] = (double) ours.number() / theirs.number();
                }
            }
        }
        return List.of(Metric.atMost(100, "ms", wait, waits), Metric.atLeast(1.2, "ratio", throughput, ratios));
    }

    private static Map<String, String> versions(Marketplace marketplace) throws SQLException {
        Map<String, String> versions = new TreeMap<>();
        versions.put("postgresql", marketplace.database().postgres().version());
        versions.put("jooq", org.jooq.Constants.FULL_VERSION);
        versions.put("hibernate", org.hibernate.Version.getVersionString());
        versions.put("jdbi", version(org.jdbi.v3.core.Jdbi.class));
        versions.put("hikari", version(HikariDataSource.class));
        try (Connection connection = marketplace.database().adminConnection()) {
            versions.put("pgjdbc", connection.getMetaData().getDriverVersion());
        }
        return versions;
    }

    private static String version(Class<?> type) {
        return Optional.ofNullable(type.getPackage().getImplementationVersion()).orElse("unknown");
    }

    private static Session session(SnagrData data, Marketplace marketplace) {
        return data.as(Actor.user(marketplace.user()));
    }

    private static Match first(Marketplace marketplace) {
        return session(marketplace.data(), marketplace)
                .matches()
                .listBySearch(marketplace.search().id(), MatchQuery.top(PAGE_SIZE))
                .first();
    }

    private static HikariDataSource uncommitted(Marketplace marketplace) {
        HikariDataSource pool = Marketplace.pool(marketplace.peer(), CONNECTIONS);
        pool.setAutoCommit(false);
        return pool;
    }

    private static double[] millis(double[] nanos) {
        return Arrays.stream(nanos).map(value -> value / 1e6).toArray();
    }

    private static void require(boolean right, String wrong) {
        if (!right) {
            throw new IllegalStateException(wrong);
        }
    }

    private static PointRow point(MatchDetails details) {
        PageRow row = row(details.match());
        return new PointRow(
                row.id(),
                row.searchId(),
                details.jobId().value(),
                row.title(),
                row.priceMinor(),
                row.currency(),
                details.description(),
                row.imageUrl(),
                row.postedAt(),
                row.distanceMeters(),
                row.relevanceScore(),
                at(details.createdAt()),
                at(details.updatedAt()));
    }

    private static PageRow row(Match match) {
        return new PageRow(
                match.id().value(),
                match.searchId().value(),
                match.title(),
                match.price().minorUnits(),
                match.price().currency(),
                match.imageUrl() == null ? null : match.imageUrl().value(),
                match.postedAt() == null ? null : at(match.postedAt()),
                match.distanceMeters(),
                match.relevanceScore());
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    /** The same row with its times in UTC, whatever offset the peer gives them. */
    private static PointRow instants(PointRow row) {
        return new PointRow(
                row.id(),
                row.searchId(),
                row.jobId(),
                row.title(),
                row.priceMinor(),
                row.currency(),
                row.description(),
                row.imageUrl(),
                utc(row.postedAt()),
                row.distanceMeters(),
                row.relevanceScore(),
                at(row.createdAt().toInstant()),
                at(row.updatedAt().toInstant()));
    }

    private static List<PageRow> instants(List<PageRow> rows) {
        return rows.stream()
                .map(row -> new PageRow(
                        row.id(),
                        row.searchId(),
                        row.title(),
                        row.priceMinor(),
                        row.currency(),
                        row.imageUrl(),
                        utc(row.postedAt()),
                        row.distanceMeters(),
                        row.relevanceScore()))
                .toList();
    }

    private static @Nullable OffsetDateTime utc(@Nullable OffsetDateTime time) {
        return time == null ? null : at(time.toInstant());
    }

    /** The processors of the server, where they can be watched. */
    private static final class Watched implements AutoCloseable {
        private final Optional<BackendCpu> cpu;

        Watched(Marketplace marketplace) throws SQLException {
            cpu = BackendCpu.of(marketplace.database());
        }

        @Override
        public void close() throws SQLException {
            if (cpu.isPresent()) {
                cpu.get().close();
            }
        }
    }

    /** Everybody else, by the name in the metrics. */
    private static final class Peers implements AutoCloseable {
        static final String RAW_JDBC = "raw_jdbc";
        static final String SAME_MESSAGE = "same_message_jdbc";
        static final String TRANSACTION = "jdbc_transaction";
        static final String JDBI = "jdbi_sqlobject";
        static final String JOOQ = "jooq";
        static final String HIBERNATE = "hibernate";

        private final Map<String, Peer> byName = new LinkedHashMap<>();

        Peers(HikariDataSource unbound, HikariDataSource bound, HikariDataSource uncommitted) {
            byName.put(RAW_JDBC, new JdbcPeer(unbound, JdbcPeer.Way.UNBOUND));
            byName.put(SAME_MESSAGE, new JdbcPeer(bound, JdbcPeer.Way.SAME_MESSAGE));
            byName.put(TRANSACTION, new JdbcPeer(bound, JdbcPeer.Way.TRANSACTION));
            byName.put(JDBI, new JdbiPeer(bound));
            byName.put(JOOQ, new JooqPeer(bound));
            byName.put(HIBERNATE, new HibernatePeer(uncommitted));
        }

        Peer baseline() {
            return requireNonNull(byName.get(RAW_JDBC));
        }

        @Override
        public void close() {
            byName.values().forEach(Peer::close);
        }
    }
}

package ai.snagr.data.cache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.RequestId;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.search.Search;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.TestRedis;
import ai.snagr.data.user.UserId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Kept pages leave both tiers of every node when somebody changes what they show, without being read again. */
@SnagrDataTest
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DroppedPagesIT {
    private static final String RENAME = "update snagr.matches set title = title || '!' where search_id = ?";

    private final SnagrData data;
    private final TestDatabase database;
    private final TestRedis redis;
    private final UserId user;
    private final Search search;
    private final Search other;

    DroppedPagesIT(SnagrData data, TestDatabase database, TestRedis redis, Samples samples) {
        this.data = data;
        this.database = database;
        this.redis = redis;
        this.user = samples.registeredUser(data).id();
        Session session = data.as(Actor.user(user));
        this.search = samples.search(session);
        this.other = samples.search(session);
        assertThat(samples.matches(data, search, 3)).hasSize(3);
        assertThat(samples.matches(data, other, 3)).hasSize(3);
    }

    @BeforeEach
    void emptyRedis() {
        redis.flush();
    }

    @Test
    void change_byTheOwnersOwnSql_dropsItsPagesInBothTiersOfEveryNodeAndNoOther() throws SQLException {
        try (CachedSnagrData one = cached();
                CachedSnagrData two = cached();
                Connection owner = database.adminConnection()) {
            read(one, search, 20);
            read(one, search, 10);
            read(one, other, 20);
            read(two, search, 20);
            await(() -> isFar(search) && isFar(other));

            assertThat(run(owner, RENAME, search)).isEqualTo(3);

            await(() -> one.stats().drops() == 2 && two.stats().drops() == 1 && !isFar(search));
            assertThat(isFar(other)).isTrue();
            read(one, other, 20);
            assertThat(one.stats().nearHits()).isEqualTo(1);
        }
    }

    @Test
    void change_thatIsRolledBack_dropsNothing() throws SQLException {
        try (CachedSnagrData one = cached();
                Connection owner = database.adminConnection()) {
            read(one, search, 20);
            read(one, other, 20);
            await(() -> isFar(search) && isFar(other));

            owner.setAutoCommit(false);
            assertThat(run(owner, RENAME, search)).isEqualTo(3);
            owner.rollback();
            assertThat(run(owner, RENAME, other)).isEqualTo(3);
            owner.commit();

            await(() -> one.stats().drops() == 1 && !isFar(other));
            assertThat(isFar(search)).isTrue();
            read(one, search, 20);
            assertThat(one.stats().nearHits()).isEqualTo(1);
        }
    }

    /** The last, for it leaves dead connections in the pool that all tests share. */
    @Test
    @Order(Integer.MAX_VALUE)
    void change_whileNobodyCanBeToldOfIt_dropsItsPagesAfterwards() throws SQLException {
        try (CachedSnagrData one = cached();
                Connection owner = database.adminConnection();
                Connection outside = database.postgres().connect();
                Statement statement = outside.createStatement()) {
            read(one, search, 20);
            await(() -> isFar(search));

            statement.execute("alter database " + database.name() + " allow_connections false");
            statement.execute("select pg_terminate_backend(pid, 30000) from pg_stat_activity" + " where datname = '"
                    + database.name() + "' and pid <> " + pid(owner));
            assertThat(run(owner, RENAME, search)).isEqualTo(3);
            assertThat(one.stats().drops()).isZero();
            statement.execute("alter database " + database.name() + " allow_connections true");

            await(() -> one.stats().drops() == 1 && !isFar(search));
        }
    }

    @Test
    void truncate_always_dropsAllPages() throws SQLException {
        try (CachedSnagrData one = cached();
                Connection owner = database.adminConnection();
                Statement statement = owner.createStatement()) {
            read(one, search, 20);
            read(one, other, 20);
            await(() -> isFar(search) && isFar(other));

            statement.execute("truncate snagr.matches cascade");

            await(() -> one.stats().drops() == 2 && !isFar(search) && !isFar(other));
        }
    }

    @Test
    void keys_thatAreDestroyed_dropWhatThePersonHas() throws SQLException {
        try (CachedSnagrData one = cached();
                Connection owner = database.adminConnection();
                PreparedStatement destroy =
                        owner.prepareStatement("delete from snagr.subject_keys where user_id = ?")) {
            read(one, search, 20);
            read(one, other, 20);
            await(() -> isFar(search) && isFar(other));

            destroy.setObject(1, user.value());
            assertThat(destroy.executeUpdate()).isPositive();

            await(() -> one.stats().drops() == 2 && !isFar(search) && !isFar(other));
        }
    }

    @Test
    void close_always_endsWhatFollowsTheChanges() {
        Set<Thread> before = followers();
        CachedSnagrData cached = cached();
        Set<Thread> its = followers();
        its.removeAll(before);
        assertThat(its).hasSize(1);

        cached.close();

        assertThat(its).noneMatch(Thread::isAlive);
    }

    @Test
    void wrap_withoutTheRole_servesWithoutDropping() {
        SnagrData roleless = new SnagrData() {
            @Override
            public Session as(Actor actor) {
                if (actor.equals(Actor.service(ServiceRole.FEED))) {
                    throw new SnagrDataException.Misconfigured("built without that role");
                }
                return data.as(actor);
            }

            @Override
            public Session as(Actor actor, RequestId request) {
                return as(actor);
            }

            @Override
            public void close() {}
        };
        try (CachedSnagrData cached = CachedSnagrData.wrap(roleless, CacheSettings.local())) {
            read(cached, search, 20);
            read(cached, search, 20);
            assertThat(cached.stats().nearHits()).isEqualTo(1);
        }
    }

    private CachedSnagrData cached() {
        return CachedSnagrData.wrap(
                data,
                CacheSettings.redis(RedisAddress.of(redis.uri()).allowPlaintext("a Redis of tests"))
                        .withFarTimeout(Duration.ofSeconds(5)));
    }

    private void read(CachedSnagrData cached, Search of, int size) {
        assertThat(cached.as(Actor.user(user)).matches().listBySearch(of.id(), MatchQuery.top(size)))
                .hasSize(3);
    }

    private static Set<Thread> followers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("snagr-changes-"))
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static int pid(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static int run(Connection connection, String sql, Search of) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, of.id().value());
            return statement.executeUpdate();
        }
    }

    private boolean isFar(Search of) {
        return redis.keys().stream()
                .anyMatch(key -> key.contains(":pages") && key.contains(of.id().toString()));
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }
}

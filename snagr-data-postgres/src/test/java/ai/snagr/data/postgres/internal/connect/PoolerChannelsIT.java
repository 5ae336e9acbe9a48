package ai.snagr.data.postgres.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.PoolSettings;
import ai.snagr.data.postgres.internal.schema.PreparedDatabase;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.TestPgBouncer;
import ai.snagr.data.user.UserId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/**
 * The thirteen ways in which one client's state reaches the next one through a transaction pooler with one backend. Each
 * test shows what plain JDBC does there, and that a session connection neither does it nor suffers
 * from somebody else's having done it.
 */
final class PoolerChannelsIT {
    private static final String BACKEND = "select pg_backend_pid()";

    private PreparedDatabase database;
    private TestPgBouncer pooler;
    private Database ours;
    private Sql first;
    private Sql second;
    private UserId alice;
    private UserId bob;

    @BeforeAll
    static void needsPgBouncer() {
        TestPgBouncer.assumeInstalled();
    }

    @BeforeEach
    void open() throws Exception {
        database = PreparedDatabase.create();
        alice = user();
        bob = user();
        pooler = TestPgBouncer.start(
                database.prepared().serving(),
                "pool_mode = transaction",
                "default_pool_size = 1",
                TestPgBouncer.keepsPreparedStatements() ? "max_prepared_statements = 0" : "");
        ours = Database.open(
                pooler.address(),
                PoolSettings.defaults()
                        .withMaxConnections(1)
                        .withAuditConnections(1)
                        .withPrepareThreshold(0));
        first = client("");
        second = client("");
    }

    @AfterEach
    void close() throws Exception {
        second.close();
        first.close();
        ours.close();
        pooler.close();
        database.close();
    }

    @Test
    void channel1_setRole_leaksFromPlainJdbcAndDoesNotReachUs() throws SQLException {
        first.run("set role snagr_user");

        assertThat(second.one("select current_user")).isEqualTo("snagr_user");
        assertOursUnharmed();
        assertRefused("set role snagr_user");
        second.run("reset role");
        assertThat(searches(alice)).containsExactly(alice.value());
        assertThat(second.one("select current_user")).isEqualTo(login());
    }

    @Test
    void channel2_claimsOfTheSession_leakFromPlainJdbcAndDoNotReachUs() throws SQLException {
        first.run("select set_config('request.jwt.claims', ?, false)", "{\"sub\":\"" + bob.value() + "\"}");

        assertThat(second.one("select current_setting('request.jwt.claims')"))
                .contains(bob.value().toString());
        assertOursUnharmed();
        second.run("select set_config('request.jwt.claims', '', false)");
        assertThat(searches(alice)).containsExactly(alice.value());
        assertThat(second.one("select current_setting('request.jwt.claims')")).isEmpty();
    }

    @Test
    void channel3_setLocalInAutocommit_hasNoEffectInPlainJdbcAndOurPreludeHas() throws SQLException {
        first.run("set local role snagr_user");

        assertThat(first.one("select current_user")).isEqualTo(login());
        String role = ours.statements()
                .run(
                        "test",
                        context(alice),
                        handle -> handle.createQuery("select current_user")
                                .mapTo(String.class)
                                .one());
        assertThat(role).isEqualTo("snagr_user");
        assertRefused("set local role snagr_user");
    }

    @Test
    void channel4_searchPath_ofSomebodyElse_doesNotMisleadUs() throws SQLException {
        database.admin().run("create schema decoy");
        database.admin().run("create table decoy.searches (user_id uuid)");
        database.admin().run("grant usage on schema decoy to public");
        database.admin().run("grant all on decoy.searches to public");
        first.connection().setSchema("decoy");
        first.run("insert into searches values (?)", bob.value());

        assertOursUnharmed();
        assertStateRefused(connection -> connection.setSchema("decoy"));
    }

    @Test
    void channel5_temporaryTable_isReadByTheNextOneAndRefusedHere() throws SQLException {
        first.run("create temporary table note as select 'of the first' as text");

        assertThat(second.one("select text from note")).isEqualTo("of the first");
        assertRefused("create temporary table note (text text)");
        assertOursUnharmed();
    }

    @Test
    void channel6_readOnly_staysWithItsClient() throws SQLException {
        first.connection().setReadOnly(true);
        assertThat(first.one("select 1")).isEqualTo("1");

        assertThat(second.one("select current_setting('default_transaction_read_only')"))
                .isEqualTo("off");
        assertOursUnharmed();
        assertStateRefused(connection -> connection.setReadOnly(true));
    }

    @Test
    void channel7_isolationLevel_leaksFromPlainJdbcAndIsRefusedHere() throws SQLException {
        first.connection().setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);

        assertThat(second.one("select current_setting('default_transaction_isolation')"))
                .isEqualTo("serializable");
        assertOursUnharmed();
        assertStateRefused(connection -> connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE));
    }

    @Test
    void channel8_advisoryLockOfTheSession_outlivesItsClient() throws SQLException {
        String held = "select count(*) from pg_locks where locktype = 'advisory' and database ="
                + " (select oid from pg_database where datname = current_database())";
        first.run("select pg_advisory_lock(7)");
        first.close();

        assertThat(database.admin().one(held)).isEqualTo("1");
        assertOursUnharmed();
        second.run("select pg_advisory_unlock(7)");
        var locked = ours.inTransaction(
                context(alice),
                scope -> scope.run(
                        "test",
                        context(alice),
                        handle -> handle.createQuery("select pg_advisory_xact_lock(7)::text")
                                .mapTo(String.class)
                                .one()));
        assertThat(locked).isEmpty();
        assertThat(database.admin().one(held)).isEqualTo("0");
    }

    @Test
    void channel9_listen_goesToWhoeverHasTheBackendAndIsRefusedHere() throws SQLException {
        first.run("listen news");
        database.admin().run("notify news");

        assertThat(second.one("select 1 from pg_listening_channels()")).isEqualTo("1");
        assertThat(first.connection().unwrap(PGConnection.class).getNotifications())
                .isNullOrEmpty();
        assertRefused("listen news");
        assertOursUnharmed();
    }

    @Test
    void channel10_preparedStatements_failInPlainJdbcAndNotHere() throws SQLException {
        try (Sql preparing = client("prepareThreshold=1");
                Sql another = client("prepareThreshold=1")) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 5; i++) {
                            preparing.one("select 'of the first'");
                            another.one("select 'of the second'");
                        }
                    })
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isIn("42P05", "26000"));
        }
        for (int i = 0; i < 20; i++) {
            assertOursUnharmed();
        }
    }

    @Test
    void channel11_replication_isRefusedByThePoolerOrHasABackendOfItsOwn() throws SQLException {
        Throwable refusal = catchThrowable(() -> {
            try (Sql replicating = client("replication=database&preferQueryMode=simple&assumeMinServerVersion=15")) {
                assertThat(replicating.one(BACKEND)).isNotEqualTo(second.one(BACKEND));
            }
        });

        if (refusal != null) { // from 1.23 on it lets them through
            assertThat(refusal).isInstanceOf(SQLException.class).hasMessageContaining("startup parameter: replication");
        }
        assertOursUnharmed();
        assertUrlRefused("replication=database");
    }

    @Test
    void channel12_options_areRefusedByThePoolerOrLostInIt() throws SQLException {
        assertThatThrownBy(() -> client("options=-c%20role=snagr_user"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("unsupported startup parameter");
        assertLost("options=-c%20role=snagr_user", "select current_user", "snagr_user");
        assertUrlRefused("options=-c%20role=snagr_user");
    }

    @Test
    void channel13_schemaOfTheUrl_isRefusedByThePoolerOrLostInIt() throws SQLException {
        database.admin().run("create schema decoy");
        database.admin().run("grant usage on schema decoy to public");

        assertThatThrownBy(() -> client("currentSchema=decoy"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("unsupported startup parameter: search_path");
        assertLost("currentSchema=decoy", "select current_schema", "decoy");
        assertUrlRefused("currentSchema=decoy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"prepareThreshold=1", "readOnly=true"})
    void otherStateInTheUrl_always_isRefusedHere(String property) {
        assertUrlRefused(property);
    }

    private void assertUrlRefused(String property) {
        StoreAddress address = with(property, pooler.address());

        assertThatThrownBy(() -> Database.open(address, PoolSettings.defaults()).close())
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION))
                .hasMessageContaining(property.substring(0, property.indexOf('=')));
    }

    /** A pooler that is told to overlook such properties lets the client believe that they hold. */
    private void assertLost(String property, String question, String believed) throws SQLException {
        StoreAddress direct = database.prepared().serving();
        try (Sql unpooled = Sql.open(with(property, direct))) {
            assertThat(unpooled.one(question)).isEqualTo(believed);
        }
        try (TestPgBouncer lenient = TestPgBouncer.start(
                        direct,
                        "pool_mode = transaction",
                        "ignore_startup_parameters = extra_float_digits, options, search_path");
                Sql mistaken = Sql.open(with("prepareThreshold=0&" + property, lenient.address()))) {
            assertThat(mistaken.one(question)).isNotEqualTo(believed);
        }
    }

    /** Whatever stands on the backend: each user sees what is his, in the role in which he acts. */
    private void assertOursUnharmed() {
        assertThat(searches(alice)).containsExactly(alice.value());
        assertThat(searches(bob)).containsExactly(bob.value());
    }

    private List<UUID> searches(UserId user) {
        return ours.statements()
                .run(
                        "test",
                        context(user),
                        handle -> handle.createQuery("select user_id from snagr.searches")
                                .map((row, context) -> row.getObject(1, UUID.class))
                                .list());
    }

    private void assertRefused(String sql) {
        assertThatThrownBy(() -> ours.statements()
                        .run(
                                "test",
                                context(alice),
                                handle -> handle.createUpdate(sql).execute()))
                .isInstanceOf(SnagrDataException.class)
                .hasMessageContaining("refused");
    }

    private void assertStateRefused(Change change) {
        assertThatThrownBy(() -> ours.statements().run("test", context(alice), handle -> {
                    try {
                        change.on(handle.getConnection());
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                    return true;
                }))
                .isInstanceOf(SnagrDataException.class)
                .hasMessageContaining("it would leave state");
    }

    private static ActorContext context(UserId user) {
        return ActorContext.of(Actor.user(user));
    }

    private String login() {
        return pooler.address().user();
    }

    private Sql client(String properties) throws SQLException {
        StoreAddress pooled = pooler.address();
        return Sql.open(with(properties.isEmpty() ? "prepareThreshold=0" : properties, pooled));
    }

    private static StoreAddress with(String property, StoreAddress pooled) {
        String url = pooled.jdbcUrl();
        return new StoreAddress(url + (url.contains("?") ? "&" : "?") + property, pooled.user(), pooled.password());
    }

    private UserId user() throws SQLException {
        UUID user = database.user();
        database.search(user, "x");
        return new UserId(user);
    }

    private interface Change {
        void on(Connection connection) throws SQLException;
    }
}

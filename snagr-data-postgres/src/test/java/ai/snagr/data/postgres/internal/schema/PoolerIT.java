package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.schema.Route.Passage;
import ai.snagr.data.postgres.internal.schema.Route.PreparedStatements;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.TestPgBouncer;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is found out about a {@link TestPgBouncer} between us and the server, and what is then allowed. */
final class PoolerIT {
    private static final Set<DatabaseRole> WEB = EnumSet.of(DatabaseRole.USER, DatabaseRole.AUTH);

    private static OwnServer server;

    @BeforeAll
    static void start() {
        TestPgBouncer.assumeInstalled();
        server = OwnServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void migrate_throughATransactionPooler_isRefusedAndLeavesNothing() throws Exception {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");

        Throwable refusal = through(owner, "transaction", pooled -> catchThrowable(() -> Schema.migrateOnly(pooled)));

        assertThat(refusal)
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION))
                .hasMessageContaining("pooler")
                .hasMessageContaining("migrator(…)");
        try (Sql admin = server.admin(owner)) {
            assertThat(admin.list("select 1 from pg_namespace where nspname = 'snagr'"))
                    .isEmpty();
        }
    }

    @Test
    void migrate_throughASessionPooler_works() throws Exception {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");

        Throwable failure = through(owner, "session", pooled -> catchThrowable(() -> Schema.migrateOnly(pooled)));

        assertThat(failure).isNull();
    }

    @Test
    void primary_throughATransactionPooler_isVerifiedAndServes() throws Exception {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);
        StoreAddress web = server.login(owner, "web", "noinherit");
        try (Sql admin = server.admin(owner)) {
            admin.run("grant snagr_user, snagr_auth to web"
                    + (server.major() < 16 ? "" : " with inherit false, set true"));
        }

        Schema.Prepared prepared =
                through(web, "transaction", pooled -> Schema.prepare(owner, Optional.of(pooled), WEB));

        assertThat(prepared.serving().user()).isEqualTo("web");
        assertThat(prepared.route().passage()).isEqualTo(Passage.TRANSACTION_POOLER);
    }

    @Test
    void route_withoutAPooler_isDirect() throws Exception {
        Route route = Route.find(server.databaseOf("somebody", "nosuperuser"));

        assertThat(route.passage()).isEqualTo(Passage.DIRECT);
        assertThat(route.host()).isEqualTo(Route.Host.PLAIN);
        assertThat(route.prepareThreshold(OptionalInt.empty())).isEqualTo(5);
        assertThat(route.describe(5))
                .isEqualTo("PostgreSQL " + version()
                        + ", plain, direct connection, prepared statements on from execution 5");
    }

    @Test
    void route_throughASessionPooler_keepsPreparedStatements() throws Exception {
        Route route = through(server.databaseOf("somebody", "nosuperuser"), "session", Route::find);

        assertThat(route.passage()).isEqualTo(Passage.SESSION_POOLER);
        assertThat(route.prepareThreshold(OptionalInt.empty())).isEqualTo(5);
        assertThat(route.describe(5))
                .isEqualTo(
                        "PostgreSQL " + version() + ", plain, session pooler, prepared statements on from execution 5");
    }

    @Test
    void route_throughATransactionPoolerThatLosesThem_preparesNothingAndRefusesTo() throws Exception {
        String none = TestPgBouncer.keepsPreparedStatements() ? "max_prepared_statements = 0" : "";

        Route route = through(server.databaseOf("somebody", "nosuperuser"), "transaction", Route::find, none);

        assertThat(route.passage()).isEqualTo(Passage.TRANSACTION_POOLER);
        assertThat(route.prepared()).isEqualTo(PreparedStatements.LOST);
        assertThat(route.prepareThreshold(OptionalInt.empty())).isZero();
        assertThat(route.describe(0))
                .isEqualTo("PostgreSQL " + version()
                        + ", plain, transaction pooler, prepared statements off since the pooler loses them");
        assertThat(catchThrowable(() -> route.prepareThreshold(OptionalInt.of(3))))
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION))
                .hasMessageContaining("PoolSettings sets prepareThreshold to 3")
                .hasMessageContaining("max_prepared_statements");
        assertThat(route.prepareThreshold(OptionalInt.of(0))).isZero();
    }

    @Test
    void route_throughATransactionPoolerWithThemOn_isWhatItCanDo() throws Exception {
        // Older ones know no such setting, and lose them whatever is set.
        boolean keeps = TestPgBouncer.keepsPreparedStatements();

        Route route = through(
                server.databaseOf("somebody", "nosuperuser"),
                "transaction",
                Route::find,
                keeps ? "max_prepared_statements = 100" : "");

        assertThat(route.passage()).isEqualTo(Passage.TRANSACTION_POOLER);
        assertThat(route.prepared()).isEqualTo(keeps ? PreparedStatements.KEPT : PreparedStatements.LOST);
        assertThat(route.prepareThreshold(OptionalInt.empty())).isEqualTo(keeps ? 5 : 0);
    }

    @Test
    void route_throughATransactionPoolerThatTakesTurns_isFound() throws Exception {
        StoreAddress somebody = server.databaseOf("somebody", "nosuperuser");

        Route route = through(somebody, "transaction", Route::find, "server_round_robin = 1", "min_pool_size = 3");

        assertThat(route.passage()).isEqualTo(Passage.TRANSACTION_POOLER);
    }

    @Test
    void route_throughATransactionPoolerWithOneBackend_isUnprovenAndLeftToTheHost() throws Exception {
        Route route = through(
                server.databaseOf("somebody", "nosuperuser"), "transaction", Route::find, "default_pool_size = 1");

        assertThat(route.prepared()).isEqualTo(PreparedStatements.UNPROVEN);
        assertThat(route.prepareThreshold(OptionalInt.empty())).isZero();
        assertThat(route.prepareThreshold(OptionalInt.of(5))).isEqualTo(5);
    }

    private static String version() throws SQLException {
        try (Sql admin = server.admin()) {
            return admin.one("select split_part(current_setting('server_version'), ' ', 1)");
        }
    }

    /** Runs the work with the address that leads through a pooler of that mode. */
    private <T> T through(StoreAddress direct, String mode, Work<T> work, String... settings) throws Exception {
        String[] all = new String[settings.length + 1];
        System.arraycopy(settings, 0, all, 1, settings.length);
        all[0] = "pool_mode = " + mode;
        try (TestPgBouncer pooler = TestPgBouncer.start(direct, all)) {
            return work.with(pooler.address());
        }
    }

    private interface Work<T> {
        T with(StoreAddress pooled) throws SQLException;
    }
}

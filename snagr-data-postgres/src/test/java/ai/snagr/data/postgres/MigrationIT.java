package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.schema.OwnServer;
import ai.snagr.data.postgres.internal.schema.Schema;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.spi.StoreAddress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Migrations on servers and under logins of every kind, once, again, and by many at once. */
final class MigrationIT {
    private static final Set<DatabaseRole> ALL = DatabaseRole.ours();
    private static final int SCRIPTS = 9;

    private static OwnServer server;

    @BeforeAll
    static void start() {
        server = OwnServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void prepare_byANonSuperuser_servesAsALoginWithoutRights() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");

        Schema.Prepared prepared = Schema.prepare(owner, Optional.empty(), ALL);

        assertThat(prepared.serverMajor()).isEqualTo(server.major());
        assertThat(prepared.serving().user()).isEqualTo("snagr_app");
        assertThat(prepared.serving().password()).isNotEqualTo(owner.password()).hasSize(43);
        assertThat(prepared.toString()).doesNotContain(prepared.serving().password(), owner.password());
        try (Sql serving = Sql.open(prepared.serving())) {
            assertThatThrownBy(() -> serving.list("select id from snagr.users"))
                    .hasMessageContaining("permission denied");
            assertThat(serving.as("snagr_user", () -> serving.one("select id from snagr.deployment")))
                    .isEqualTo(prepared.deployment().toString());
        }
    }

    @Test
    void prepare_bySuperuser_servesAsALoginWithoutRights() throws SQLException {
        StoreAddress superuser = server.superuser(server.databaseOf("nobody", "nosuperuser"));

        Schema.Prepared prepared = Schema.prepare(superuser, Optional.empty(), ALL);

        assertThat(prepared.serving().user()).isEqualTo("snagr_app");
    }

    @Test
    void prepare_again_changesNothing() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.Prepared first = Schema.prepare(owner, Optional.empty(), ALL);
        List<String> before = state(owner);

        Schema.Prepared second = Schema.prepare(owner, Optional.empty(), ALL);

        assertThat(second).isEqualTo(first);
        assertThat(state(owner)).isEqualTo(before).hasSize(SCRIPTS + 1);
    }

    @Test
    void prepare_byManyOnAnEmptyDatabase_migratesOnce() throws Exception {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");

        List<Schema.Prepared> prepared = atOnce(4, number -> () -> Schema.prepare(owner, Optional.empty(), ALL));

        assertThat(prepared).hasSize(4).allMatch(prepared.get(0)::equals);
        assertThat(state(owner)).hasSize(SCRIPTS + 1);
    }

    @Test
    void prepare_ofManyDatabasesOfAFreshServer_createsTheRolesOnce() throws Exception {
        try (OwnServer fresh = OwnServer.start()) {
            List<StoreAddress> owners = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                owners.add(fresh.databaseOf("migrator", "nosuperuser createrole"));
            }

            List<Schema.Prepared> prepared =
                    atOnce(4, number -> () -> Schema.prepare(owners.get(number), Optional.empty(), ALL));

            assertThat(prepared).extracting(Schema.Prepared::deployment).doesNotHaveDuplicates();
            assertThat(prepared)
                    .extracting(one -> one.serving().password())
                    .containsOnly(prepared.get(0).serving().password());
        }
    }

    @Test
    void prepare_always_leavesTheMigratorWithoutTheRolesItBorrowed() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);

        try (Sql admin = server.admin(owner)) {
            String option = server.major() < 16 ? "" : " and (m.set_option or m.inherit_option)";
            assertThat(admin.list("select m.roleid::regrole from pg_auth_members m"
                            + " where m.member = 'migrator'::regrole and m.roleid::regrole::text like 'snagr\\_%'"
                            + option))
                    .isEmpty();
            assertThat(admin.one("select has_schema_privilege('snagr_definer', 'snagr', 'create'),"
                            + " has_schema_privilege('snagr_bulk', 'snagr', 'create')"))
                    .isEqualTo("f|f");
        }
    }

    @Test
    void prepare_afterPoliciesChanged_appliesThemAgain() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);
        try (Sql admin = server.admin(owner)) {
            admin.run("update snagr.schema_history set checksum = 1 where script = 'R__policies.sql'");
            admin.run("drop policy snagr_user_select on snagr.searches");
            admin.run("grant select on snagr.users to public");
            admin.run("grant select (password_hash) on snagr.users to snagr_user");
            admin.run("grant usage on schema snagr to public");
            admin.run("insert into snagr.system_settings (name, value) values ('a.setting', 'x')");
            admin.run("update snagr.system_settings set value = 'false' where name = 'unlock.enabled'");

            Schema.migrateOnly(owner);

            assertThat(
                            admin.list(
                                    "select 1 from pg_policies where tablename = 'searches' and policyname = 'snagr_user_select'"))
                    .hasSize(1);
            assertThat(admin.one("select has_column_privilege('snagr_user', 'snagr.users', 'password_hash', 'select'),"
                            + " has_table_privilege('public', 'snagr.users', 'select'),"
                            + " has_schema_privilege('public', 'snagr', 'usage')"))
                    .isEqualTo("f|f|f");
            assertThat(admin.one("select value from snagr.system_settings where name = 'unlock.enabled'"))
                    .as("what an operator has set")
                    .isEqualTo("false");
        }
    }

    @Test
    void prepare_bySuperuserOnTheSchemaOfAnother_leavesItToItsOwner() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.Prepared before = Schema.prepare(owner, Optional.empty(), ALL);
        try (Sql admin = server.admin(owner)) {
            admin.run("update snagr.schema_history set checksum = 1 where script = 'R__policies.sql'");

            Schema.migrateOnly(server.superuser(owner));

            assertThat(admin.list("select distinct roles from pg_policies where policyname = 'owner'"))
                    .containsExactly("{migrator}");
        }
        assertThat(Schema.prepare(owner, Optional.empty(), ALL)).isEqualTo(before);
    }

    @Test
    void prepare_onANewerSchema_isRefused() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);
        try (Sql admin = server.admin(owner)) {
            admin.run(
                    "insert into snagr.schema_history select 99, '999', 'later', type, 'V999__later.sql', 1, installed_by,"
                            + " installed_on, 1, true from snagr.schema_history where version = '002'");
        }

        assertCode(ErrorCode.SCHEMA_MISMATCH, () -> Schema.migrateOnly(owner), "version 999", "does not know");
    }

    @Test
    void prepare_onAnAlteredScript_isRefused() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);
        try (Sql admin = server.admin(owner)) {
            admin.run("update snagr.schema_history set checksum = 1 where version = '002'");
        }

        assertCode(ErrorCode.SCHEMA_MISMATCH, () -> Schema.migrateOnly(owner), "V002__tables.sql", "another form");
    }

    @Test
    void prepare_withoutRowSecurityOnATable_isRefused() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);
        try (Sql admin = server.admin(owner)) {
            admin.run("alter table snagr.payments no force row level security");
        }

        assertCode(
                ErrorCode.SCHEMA_MISMATCH, () -> Schema.migrateOnly(owner), "payments is without row-level security");
    }

    @Test
    void prepare_byALoginThatDoesNotOwnTheSchema_isRefused() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);
        StoreAddress other = server.login(owner, "not_the_owner", "nosuperuser");

        assertCode(ErrorCode.CONFIGURATION, () -> Schema.migrateOnly(other), "not_the_owner", "migrator(…)");
    }

    @Test
    void prepare_byALoginThatMayNotCreateRoles_isRefusedAndLeavesNothing() throws SQLException {
        try (OwnServer fresh = OwnServer.start()) {
            StoreAddress poor = fresh.databaseOf("poor", "nosuperuser nocreaterole");

            assertCode(ErrorCode.CONFIGURATION, () -> Schema.migrateOnly(poor), "permission denied to create role");

            try (Sql admin = fresh.admin(poor)) {
                assertThat(admin.list("select relname from pg_class where relnamespace = 'snagr'::regnamespace"
                                + " and relname not like 'schema_history%'"))
                        .isEmpty();
            }
        }
    }

    @Test
    void prepare_whereAnotherLoginMadeTheRoles_saysWhatToGrant() throws SQLException {
        try (OwnServer fresh = OwnServer.start()) {
            Schema.migrateOnly(fresh.databaseOf("first", "nosuperuser createrole"));
            StoreAddress second = fresh.databaseOf("second", "nosuperuser createrole");
            if (fresh.major() < 16) {
                Schema.migrateOnly(second);
                return;
            }

            assertCode(
                    ErrorCode.CONFIGURATION,
                    () -> Schema.migrateOnly(second),
                    "snagr_user exists",
                    "grant snagr_user to second with admin option");
        }
    }

    @Test
    void prepare_withAWrongPassword_isRefusedWithoutNamingIt() throws SQLException {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        StoreAddress wrong = new StoreAddress(owner.jdbcUrl(), owner.user(), "wrong-secret");

        assertThatThrownBy(() -> Schema.migrateOnly(wrong))
                .isInstanceOf(SnagrDataException.class)
                .hasMessageContaining("migrator")
                .hasMessageNotContaining("wrong-secret");
    }

    @Test
    void prepare_withoutAServer_isUnavailableAndRetryable() {
        StoreAddress nowhere = new StoreAddress("jdbc:postgresql://127.0.0.1:1/none", "x", "y");

        assertThatThrownBy(() -> Schema.migrateOnly(nowhere)).isInstanceOfSatisfying(SnagrDataException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(e.retryable()).isTrue();
        });
    }

    /** Scripts and when they were applied, and the deployment. */
    private static List<String> state(StoreAddress owner) throws SQLException {
        try (Sql admin = server.admin(owner)) {
            List<String> state = new ArrayList<>(admin.list(
                    "select script, installed_on, success from snagr.schema_history order by installed_rank"));
            state.addAll(admin.list("select id from snagr.deployment"));
            return state;
        }
    }

    private static void assertCode(ErrorCode code, Runnable call, String... parts) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        SnagrDataException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
                .message()
                .contains(parts);
    }

    private static <T> List<T> atOnce(int threads, NumberedWork<T> work) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch ready = new CountDownLatch(threads);
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Callable<T> one = work.number(i);
                futures.add(executor.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return one.call();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }

    private interface NumberedWork<T> {
        Callable<T> number(int number);
    }
}

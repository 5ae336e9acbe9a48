package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.spi.StoreAddress;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which logins may serve, and which are refused with what remedy. */
final class ServingLoginIT {
    private static final Set<DatabaseRole> ALL = DatabaseRole.ours();
    private static final Set<DatabaseRole> WEB = EnumSet.of(DatabaseRole.USER, DatabaseRole.AUTH);

    private static OwnServer server;

    private StoreAddress owner;
    private Sql admin;

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

    @BeforeEach
    void prepare() throws SQLException {
        owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);
        admin = server.admin(owner);
    }

    @AfterEach
    void close() throws SQLException {
        admin.close();
        server.clear();
    }

    @Test
    void primary_withExactlyTheRolesAskedFor_serves() throws SQLException {
        StoreAddress web = server.login(owner, "web", "noinherit");
        grant("snagr_user, snagr_auth", "web");

        assertThat(Schema.prepare(owner, Optional.of(web), WEB).serving()).isEqualTo(web);
    }

    @Test
    void primary_madeByTheRemedy_serves() throws SQLException {
        StoreAddress unfit = server.login(owner, "unfit", "noinherit");
        String message = refusal(unfit, Set.of(DatabaseRole.USER, DatabaseRole.MATCHER));

        String remedy = message.substring(message.indexOf("create role")).replace("<password>", owner.password());
        admin.run(remedy);
        server.adopt("my_service");

        StoreAddress made = new StoreAddress(owner.jdbcUrl(), "my_service", owner.password());
        assertThatCode(() -> Schema.prepare(owner, Optional.of(made), Set.of(DatabaseRole.USER, DatabaseRole.MATCHER)))
                .doesNotThrowAnyException();
    }

    @Test
    void primary_withoutARoleAskedFor_isRefusedByName() throws SQLException {
        StoreAddress web = server.login(owner, "web", "noinherit");
        grant("snagr_user", "web");

        assertThat(refusal(web, WEB))
                .contains("'web'", "cannot take snagr_auth", "create role my_service login noinherit");
    }

    @Test
    void primary_withARoleNotAskedFor_isRefusedByName() throws SQLException {
        StoreAddress web = server.login(owner, "web", "noinherit");
        grant("snagr_user, snagr_auth, snagr_admin", "web");

        assertThat(refusal(web, WEB)).contains("is a member of snagr_admin, which its service does not need");
    }

    @Test
    void primary_thatInherits_isRefused() throws SQLException {
        StoreAddress web = server.login(owner, "web", "inherit");
        admin.run("grant snagr_user, snagr_auth to web");

        assertThat(refusal(web, WEB)).contains("has INHERIT");
    }

    @Test
    void primary_withAMembershipThatInherits_isRefused() throws SQLException {
        StoreAddress web = server.login(owner, "web", "noinherit");
        grant("snagr_user, snagr_auth", "web");
        if (server.major() < 16) {
            return; // before 16 the login's own attribute decides
        }
        admin.run("grant snagr_user to web with inherit true");

        assertThat(refusal(web, WEB)).contains("has privileges in schema snagr without taking a role");
    }

    @Test
    void primary_thatIsPrivileged_isRefused() throws SQLException {
        for (String attribute : new String[] {"superuser", "bypassrls", "createrole", "createdb", "replication"}) {
            StoreAddress login = server.login(owner, "with_" + attribute, "noinherit " + attribute);
            grant("snagr_user, snagr_auth", login.user());

            String expected =
                    attribute.equals("superuser") ? "is a superuser" : "has " + attribute.toUpperCase(Locale.ROOT);
            assertThat(refusal(login, WEB)).contains(expected);
        }
    }

    @Test
    void primary_thatOwnsTheSchema_isRefused() {
        assertThat(refusal(owner, WEB)).contains("owns the database or objects in it", "has CREATEROLE");
    }

    @Test
    void primary_withAPrivilegeOfItsOwn_isRefused() throws SQLException {
        StoreAddress web = server.login(owner, "web", "noinherit");
        grant("snagr_user, snagr_auth", "web");
        admin.run("grant usage on schema snagr to web");

        assertThat(refusal(web, WEB)).contains("has privileges in schema snagr without taking a role");
    }

    @Test
    void primary_ofAnotherDatabase_isRefused() throws SQLException {
        StoreAddress web = server.login(owner, "web", "noinherit");
        grant("snagr_user, snagr_auth", "web");
        StoreAddress other = server.databaseOf("migrator", "");
        StoreAddress elsewhere = new StoreAddress(other.jdbcUrl(), web.user(), web.password());

        assertThat(refusal(elsewhere, WEB)).contains("two databases");
        Schema.migrateOnly(other);
        assertThat(refusal(elsewhere, WEB)).contains("two databases");
    }

    @Test
    void own_withAnotherPasswordOfTheMigrator_isRefreshed() throws SQLException {
        StoreAddress before = Schema.prepare(owner, Optional.empty(), ALL).serving();
        admin.run("alter role migrator password 'another one'");
        StoreAddress changed = new StoreAddress(owner.jdbcUrl(), owner.user(), "another one");

        StoreAddress after = Schema.prepare(changed, Optional.empty(), ALL).serving();

        assertThat(after.password()).isNotEqualTo(before.password());
        Sql.open(after).close();
        assertThatThrownBy(() -> Sql.open(before)).isInstanceOf(SQLException.class);
    }

    @Test
    void own_forASetOfRoles_isMemberOfTheseAndGainsFurtherOnes() throws SQLException {
        String members =
                "select m.roleid::regrole from pg_auth_members m where m.member = 'snagr_app'::regrole order by 1";
        Schema.prepare(owner, Optional.empty(), WEB);
        assertThat(admin.list(members)).containsExactlyInAnyOrder("snagr_user", "snagr_auth");

        Schema.prepare(owner, Optional.empty(), Set.of(DatabaseRole.MATCHER));

        assertThat(admin.list(members))
                .containsExactlyInAnyOrder("snagr_user", "snagr_auth", "snagr_matcher", "snagr_bulk");
    }

    @Test
    void own_ofAServiceForThePublic_ownsNothingAndCannotBecomeAnAdmin() throws SQLException {
        try (Sql web = Sql.open(Schema.prepare(owner, Optional.empty(), WEB).serving())) {
            for (String statement : List.of(
                    "set role snagr_admin",
                    "select set_config('role', 'snagr_admin', false)",
                    "set role snagr_auditor",
                    "set role snagr_definer",
                    "set role migrator",
                    "select id from snagr.users",
                    "create table snagr.own (id int)",
                    "grant snagr_admin to snagr_app")) {
                assertThatThrownBy(() -> web.run(statement))
                        .as(statement)
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("42501"));
            }
        }
        assertThat(admin.list(
                        "select deptype from pg_shdepend where refobjid = 'snagr_app'::regrole and deptype = 'o'"))
                .as("what it owns")
                .isEmpty();
    }

    @Test
    void own_thatWasGivenMore_isRefused() throws SQLException {
        Schema.prepare(owner, Optional.empty(), WEB);
        admin.run("grant snagr_definer to snagr_app");

        assertThatThrownBy(() -> Schema.prepare(owner, Optional.empty(), WEB))
                .isInstanceOf(SnagrDataException.class)
                .hasMessageContaining("is a member of snagr_definer");
    }

    @Test
    void own_ofAMigratorWithoutPassword_isRefused() throws SQLException {
        try (Catalog catalog = Catalog.open(owner)) {
            StoreAddress blank = new StoreAddress(owner.jdbcUrl(), owner.user(), "");

            assertThatThrownBy(() -> ServingLogin.own(blank, catalog, WEB))
                    .isInstanceOf(SnagrDataException.class)
                    .hasMessageContaining("primary(…)");
        }
    }

    @Test
    void own_whereNobodyMayConnect_isGrantedIt() throws SQLException {
        String database = admin.one("select current_database()");
        admin.run("revoke connect on database " + database + " from public");

        Schema.Prepared prepared = Schema.prepare(owner, Optional.empty(), WEB);

        Sql.open(prepared.serving()).close();
    }

    private void grant(String roles, String login) throws SQLException {
        admin.run("grant " + roles + " to " + login + (server.major() < 16 ? "" : " with inherit false, set true"));
    }

    private String refusal(StoreAddress primary, Set<DatabaseRole> roles) {
        try {
            Schema.Prepared prepared = Schema.prepare(owner, Optional.of(primary), roles);
            throw new AssertionError("served as " + prepared.serving().user());
        } catch (SnagrDataException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION);
            assertThat(e.getMessage()).doesNotContain(primary.password());
            return String.valueOf(e.getMessage());
        }
    }
}

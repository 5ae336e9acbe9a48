package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.schema.OwnServer;
import ai.snagr.data.postgres.internal.schema.PreparedDatabase;
import ai.snagr.data.postgres.internal.schema.Schema;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.User;
import ai.snagr.data.user.UserId;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest in a {@link SupabaseProject}, in both of its exposure modes. */
final class SupabaseIT {
    private static final List<String> API_ROLES = List.of("anon", "authenticated", "service_role", "authenticator");

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void prepare_asTheProjectsRole_givesTheApiRolesNothing(String mode) throws Exception {
        try (SupabaseProject supabase = SupabaseProject.start(mode)) {
            StoreAddress project = supabase.address();
            try (Sql admin = supabase.admin()) {
                List<String> before = admin.list(OTHERS);

                Schema.Prepared prepared = Schema.prepare(project, Optional.empty(), DatabaseRole.ours());

                assertThat(prepared.serving().user()).isEqualTo("snagr_app");
                assertThat(admin.list(OTHERS)).as("what is not ours").isEqualTo(before);
                for (String role : API_ROLES) {
                    assertThat(admin.list(HELD, role, role, role)).as(role).isEmpty();
                }
                assertThat(admin.list("select rolname from pg_roles where rolname like 'snagr\\_%' and rolbypassrls"))
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void statements_asTheServingLogin_areBoundByPoliciesAndThoseOfTheApiRolesDenied(String mode) throws Exception {
        try (SupabaseProject supabase = SupabaseProject.start(mode)) {
            StoreAddress project = supabase.address();
            Schema.Prepared prepared = Schema.prepare(project, Optional.empty(), DatabaseRole.ours());
            UUID alice = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");
            UUID bob = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8058");
            try (Sql serving = Sql.open(prepared.serving());
                    Sql admin = supabase.admin()) {
                for (UUID user : List.of(alice, bob)) {
                    serving.as(
                            "snagr_auth",
                            user,
                            () -> serving.run(
                                    "insert into snagr.users (id, email, email_key) values (?, ?, ?)",
                                    user,
                                    "" + user,
                                    "" + user));
                }

                assertThat(serving.as("snagr_user", alice, () -> serving.list("select id from snagr.users")))
                        .containsExactly(alice.toString());
                for (String role : API_ROLES) {
                    assertThat(admin.list("select 1 where has_schema_privilege(?, 'snagr', 'usage')", role))
                            .as(role)
                            .isEmpty();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void theProjectsRole_asPrimary_isRefused(String mode) throws Exception {
        try (SupabaseProject supabase = SupabaseProject.start(mode)) {
            StoreAddress project = supabase.address();

            assertThat(catchThrowable(
                            () -> Schema.prepare(project, Optional.of(project), EnumSet.of(DatabaseRole.USER))))
                    .hasMessageContaining("has BYPASSRLS");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void build_always_logsOneLineOfWhatItIsConnectedTo(String mode) throws Exception {
        try (SupabaseProject supabase = SupabaseProject.start(mode);
                KeyProvider keys = Keys.ephemeral()) {
            StoreAddress project = supabase.address();

            List<String> lines = LogLines.of(
                    PostgresSnagrData.class,
                    () -> PostgresSnagrData.builder()
                            .primary(project.jdbcUrl(), project.user(), project.password())
                            .keys(keys)
                            .build());

            assertThat(lines)
                    .singleElement()
                    .satisfies(
                            line -> assertThat(line)
                                    .matches(
                                            "INFO ai.snagr.data.postgres.PostgresSnagrData - PostgreSQL "
                                                    + supabase.major()
                                                    + "\\.[0-9]+, Supabase, direct connection, prepared statements on from execution 5"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void usersAsAuthenticated_inTheProjectsOwnSql_seesThatUsersRowsOnly(String mode) throws Exception {
        try (SupabaseProject supabase = SupabaseProject.start(mode);
                KeyProvider keys = Keys.ephemeral();
                PostgresSnagrData data = open(supabase, keys, PostgresSnagrData.Builder::usersAsAuthenticated);
                Sql project = Sql.open(supabase.address())) {
            User alice = data.as(Actor.service(ServiceRole.AUTH))
                    .users()
                    .create(NewUser.of(EmailAddress.of("a@example.org")));
            User bob = data.as(Actor.service(ServiceRole.AUTH))
                    .users()
                    .create(NewUser.of(EmailAddress.of("b@example.org")));
            var ignored = data.as(Actor.user(alice.id())).searches().create(NewSearch.of("of alice"));
            ignored = data.as(Actor.user(bob.id())).searches().create(NewSearch.of("of bob"));

            UUID sub = alice.id().value();
            assertThat(project.as(
                            "authenticated",
                            sub,
                            () -> project.list("select query_text, auth.uid() = user_id from snagr.searches")))
                    .containsExactly("of alice|t");
            assertThat(project.as("authenticated", sub, () -> project.list("select id from snagr.users")))
                    .containsExactly(sub.toString());
            assertThat(project.as("authenticated", () -> project.list("select query_text from snagr.searches")))
                    .isEmpty();
            assertThatThrownBy(
                            () -> project.as("anon", sub, () -> project.list("select query_text from snagr.searches")))
                    .hasMessageContaining("permission denied for schema snagr");
        }
    }

    @Test
    void usersAsAuthenticated_switchedOnAndOff_givesWhatUsersMayAndTakesAllBack() throws Exception {
        try (SupabaseProject supabase = SupabaseProject.start("legacy");
                KeyProvider keys = Keys.ephemeral();
                Sql admin = supabase.admin()) {
            open(supabase, keys, builder -> builder).close();
            List<String> off = admin.list(RIGHTS, "authenticated");

            open(supabase, keys, PostgresSnagrData.Builder::usersAsAuthenticated)
                    .close();
            List<String> on = admin.list(RIGHTS, "authenticated");
            assertThat(on).isEqualTo(admin.list(RIGHTS, "snagr_user")).hasSizeGreaterThan(30);
            assertThat(admin.one("select pg_has_role('snagr_app', 'authenticated', 'member')"))
                    .isEqualTo("t");

            open(supabase, keys, PostgresSnagrData.Builder::usersAsAuthenticated)
                    .close();
            assertThat(admin.list(RIGHTS, "authenticated")).as("again").isEqualTo(on);

            open(supabase, keys, builder -> builder).close();
            assertThat(admin.list(RIGHTS, "authenticated")).isEqualTo(off).isEmpty();
            assertThat(admin.one("select pg_has_role('snagr_app', 'authenticated', 'member')"))
                    .isEqualTo("f");
            for (String role : List.of("anon", "service_role", "authenticator")) {
                assertThat(admin.list(RIGHTS, role)).as(role).isEmpty();
            }
        }
    }

    @Test
    void usersAsAuthenticated_onPlainPostgres_isRefused() throws Exception {
        try (OwnServer server = OwnServer.start();
                KeyProvider keys = Keys.ephemeral()) {
            StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");

            assertThatThrownBy(() -> PostgresSnagrData.builder()
                            .primary(owner.jdbcUrl(), owner.user(), owner.password())
                            .keys(keys)
                            .usersAsAuthenticated()
                            .build())
                    .hasMessageContaining("usersAsAuthenticated()");
        }
    }

    @Test
    void usersOfSupabaseAuth_deletedThere_areDeletedHereUnlessTheyHaveAnUnlock() throws Exception {
        try (SupabaseProject supabase = SupabaseProject.start("2026");
                KeyProvider keys = Keys.ephemeral();
                PostgresSnagrData data = open(supabase, keys, PostgresSnagrData.Builder::usersOfSupabaseAuth);
                Sql admin = supabase.admin()) {
            UserId alice = new UserId(UUID.randomUUID());
            UserId bob = new UserId(UUID.randomUUID());
            Session auth = data.as(Actor.service(ServiceRole.AUTH));
            for (UserId user : List.of(alice, bob)) {
                admin.run("insert into auth.users (id) values (?)", user.value());
                var ignored = auth.users().create(NewUser.of(user, EmailAddress.of(user.value() + "@example.org")));
            }
            var ignored = data.as(Actor.user(alice)).searches().create(NewSearch.of("of alice"));
            UUID search = data.as(Actor.user(bob))
                    .searches()
                    .create(NewSearch.of("of bob"))
                    .id()
                    .value();
            unlock(admin, bob.value(), search);

            admin.run("delete from auth.users where id = ?", alice.value());

            assertThat(admin.list("select id from snagr.users")).containsExactly(bob.toString());
            assertThat(admin.list("select query_text from snagr.searches")).containsExactly("of bob");
            assertThatThrownBy(() -> admin.run("delete from auth.users where id = ?", bob.value()))
                    .hasMessageContaining("unlocks_match_fkey");
            assertThatThrownBy(() -> auth.users().create(NewUser.of(EmailAddress.of("stranger@example.org"))))
                    .isInstanceOfSatisfying(
                            SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
                    .hasMessageContaining("users_auth_fkey");
        }
    }

    @Test
    void usersOfSupabaseAuth_withUsersWhoAreNotThere_isRefusedAndChangesNothing() throws Exception {
        String key = "select convalidated from pg_constraint where conname = 'users_auth_fkey'";
        try (SupabaseProject supabase = SupabaseProject.start("legacy");
                KeyProvider keys = Keys.ephemeral();
                Sql admin = supabase.admin()) {
            UserId stranger;
            try (PostgresSnagrData data = open(supabase, keys, builder -> builder)) {
                stranger = data.as(Actor.service(ServiceRole.AUTH))
                        .users()
                        .create(NewUser.of(EmailAddress.of("a@example.org")))
                        .id();
            }

            assertThatThrownBy(() -> open(supabase, keys, PostgresSnagrData.Builder::usersOfSupabaseAuth))
                    .hasMessageContaining("1 of them have no row there");
            assertThat(admin.list(key)).isEmpty();

            admin.run("insert into auth.users (id) values (?)", stranger.value());
            open(supabase, keys, PostgresSnagrData.Builder::usersOfSupabaseAuth).close();
            assertThat(admin.list(key)).containsExactly("t");
            open(supabase, keys, PostgresSnagrData.Builder::usersOfSupabaseAuth).close();
            assertThat(admin.list(key)).containsExactly("t");
            open(supabase, keys, builder -> builder).close();
            assertThat(admin.list(key)).isEmpty();
        }
    }

    private static void unlock(Sql admin, UUID user, UUID search) throws SQLException {
        UUID job = UUID.randomUUID();
        UUID match = UUID.randomUUID();
        UUID payment = UUID.randomUUID();
        admin.run(
                "insert into snagr.jobs (user_id, id, search_id, origin) values (?, ?, ?, 'rerun')", user, job, search);
        admin.run(
                "insert into snagr.matches (user_id, id, search_id, job_id, external_listing_id, title, price_minor,"
                        + " currency, seller_info, listing_url, relevance_score)"
                        + " values (?, ?, ?, ?, 'x', 'x', 1, 'USD', ?, ?, 0.5)",
                user,
                match,
                search,
                job,
                PreparedDatabase.sealed(),
                PreparedDatabase.sealed(608));
        admin.run(
                "insert into snagr.payments (user_id, id, match_id, stripe_payment_id, amount_minor, currency, status)"
                        + " values (?, ?, ?, 'pi_12345678', 499, 'USD', 'completed')",
                user,
                payment,
                match);
        admin.run(
                "insert into snagr.unlocks (user_id, id, match_id, payment_id) values (?, ?, ?, ?)",
                user,
                UUID.randomUUID(),
                match,
                payment);
    }

    private static PostgresSnagrData open(
            SupabaseProject supabase, KeyProvider keys, UnaryOperator<PostgresSnagrData.Builder> settings) {
        StoreAddress project = supabase.address();
        return settings.apply(PostgresSnagrData.builder()
                        .primary(project.jdbcUrl(), project.user(), project.password())
                        .keys(keys))
                .build();
    }

    /** Every privilege and policy of a role in the schema. */
    private static final String RIGHTS = """
            with asked as (select ?::regrole::oid as role)
            select c.relname || ' ' || a.privilege_type from asked, pg_class c, aclexplode(c.relacl) a
            where c.relnamespace = 'snagr'::regnamespace and a.grantee = role
            union all
            select c.relname || '.' || t.attname || ' ' || a.privilege_type
            from asked, pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
            where c.relnamespace = 'snagr'::regnamespace and a.grantee = role
            union all
            select p.oid::regprocedure || ' ' || a.privilege_type from asked, pg_proc p, aclexplode(p.proacl) a
            where p.pronamespace = 'snagr'::regnamespace and a.grantee = role
            union all
            select n.nspname || ' ' || a.privilege_type from asked, pg_namespace n, aclexplode(n.nspacl) a
            where n.nspname = 'snagr' and a.grantee = role
            union all
            select c.relname || ' ' || p.polcmd::text || coalesce(pg_get_expr(p.polqual, c.oid), '')
              || coalesce(pg_get_expr(p.polwithcheck, c.oid), '')
            from asked, pg_policy p join pg_class c on c.oid = p.polrelid where p.polroles = array[role]
            order by 1
            """;

    /** What a role may do with tables, columns or functions of ours. */
    private static final String HELD = """
            select c.relname::text
            from pg_class c
            cross join lateral unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p (held)
            where c.relnamespace = 'snagr'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
              and (has_table_privilege(?, c.oid, p.held)
                or p.held in ('select', 'insert', 'update', 'references') and has_any_column_privilege(?, c.oid, p.held))
            union all
            select p.proname
            from pg_proc p
            where p.pronamespace = 'snagr'::regnamespace and has_function_privilege(?, p.oid, 'execute')
            """;

    /** Relations, functions, schemas, roles and their privileges that the project had before. */
    private static final String OTHERS = """
            select 'relation', c.oid::regclass::text, c.relacl::text from pg_class c
            where c.relnamespace not in (select oid from pg_namespace where nspname like 'pg\\_%' or nspname = 'snagr')
            union all
            select 'function', p.oid::regprocedure::text, p.proacl::text from pg_proc p
            where p.pronamespace not in (select oid from pg_namespace where nspname like 'pg\\_%' or nspname = 'snagr')
            union all
            select 'schema', n.nspname, n.nspacl::text from pg_namespace n where n.nspname not like 'pg\\_%' and n.nspname <> 'snagr'
            union all
            select 'role', r.rolname, row(r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolbypassrls, r.rolconfig)::text
            from pg_roles r where r.rolname not like 'snagr\\_%'
            union all
            select 'member', m.member::regrole::text, m.roleid::regrole::text from pg_auth_members m
            where m.roleid::regrole::text not like 'snagr\\_%'
            union all
            select 'extension', extname, extversion from pg_extension
            union all
            select 'publication', pubname, '' from pg_publication
            union all
            select 'default', d.defaclrole::regrole::text, d.defaclacl::text from pg_default_acl d
            where d.defaclrole::regrole::text not like 'snagr\\_%'
            order by 1, 2, 3
            """;
}

package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.schema.OwnServer;
import ai.snagr.data.postgres.internal.schema.Schema;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.StoreAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A guest in a Supabase project, in both of its exposure modes. The project is a stand-in: a script that makes the
 * platform's roles, schemas and default privileges. {@code snagr.test.supabase} (a system property, or
 * {@code SNAGR_TEST_SUPABASE} in the environment) is its path; without it the script is looked for beside the repository, and
 * where there is none these tests are skipped.
 */
final class SupabaseIT {
    private static final List<String> API_ROLES = List.of("anon", "authenticated", "service_role", "authenticator");

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void prepare_asTheProjectsRole_givesTheApiRolesNothing(String mode) throws Exception {
        String standIn = standIn();
        try (OwnServer server = OwnServer.start()) {
            StoreAddress project = project(server, mode, standIn);
            try (Sql admin = server.admin(project)) {
                List<String> before = admin.list(OTHERS);

                Schema.Prepared prepared = Schema.prepare(project, Optional.empty(), EnumSet.allOf(DatabaseRole.class));

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
        String standIn = standIn();
        try (OwnServer server = OwnServer.start()) {
            StoreAddress project = project(server, mode, standIn);
            Schema.Prepared prepared = Schema.prepare(project, Optional.empty(), EnumSet.allOf(DatabaseRole.class));
            UUID alice = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");
            UUID bob = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8058");
            try (Sql serving = Sql.open(prepared.serving());
                    Sql admin = server.admin(project)) {
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
        String standIn = standIn();
        try (OwnServer server = OwnServer.start()) {
            StoreAddress project = project(server, mode, standIn);

            assertThat(catchThrowable(
                            () -> Schema.prepare(project, Optional.of(project), EnumSet.of(DatabaseRole.USER))))
                    .hasMessageContaining("has BYPASSRLS");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void build_always_logsOneLineOfWhatItIsConnectedTo(String mode) throws Exception {
        String standIn = standIn();
        try (OwnServer server = OwnServer.start();
                KeyProvider keys = Keys.ephemeral()) {
            StoreAddress project = project(server, mode, standIn);

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
                                                    + server.major()
                                                    + "\\.[0-9]+, Supabase, direct connection, prepared statements on from execution 5"));
        }
    }

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

    private static StoreAddress project(OwnServer server, String mode, String standIn) throws SQLException {
        StoreAddress superuser = server.superuser(server.databaseOf("somebody", "nosuperuser"));
        try (Sql admin = Sql.open(superuser)) {
            admin.list("select set_config('supabase_like.expose', ?, false)", mode);
            try (var statement = admin.connection().createStatement()) {
                statement.execute(standIn);
            }
        }
        return new StoreAddress(superuser.jdbcUrl(), "postgres_app", "postgres");
    }

    private static String standIn() throws IOException {
        Optional<String> setting = Optional.ofNullable(System.getProperty("snagr.test.supabase"))
                .or(() -> Optional.ofNullable(System.getenv("SNAGR_TEST_SUPABASE")));
        Optional<Path> found = setting.isPresent()
                ? setting.map(Path::of)
                : Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent)
                        .map(path -> path.resolve("shared/supabase/supabase-like.sql"))
                        .filter(Files::isRegularFile)
                        .findFirst();
        assumeTrue(
                found.isPresent(),
                "nothing is proven about Supabase: the stand-in supabase-like.sql is not here; name it with"
                        + " -Dsnagr.test.supabase=…");
        return Files.readString(found.orElseThrow());
    }
}

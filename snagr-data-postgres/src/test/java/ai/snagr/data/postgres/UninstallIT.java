package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.postgres.internal.schema.OwnServer;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.StoreAddress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the uninstall leaves: the system catalogs, row by row, as they were before. */
final class UninstallIT {
    private static final List<String> CATALOGS = List.of(
            "pg_namespace",
            "pg_class",
            "pg_attribute",
            "pg_attrdef",
            "pg_constraint",
            "pg_index",
            "pg_proc",
            "pg_type",
            "pg_policy",
            "pg_trigger",
            "pg_rewrite",
            "pg_default_acl",
            "pg_init_privs",
            "pg_event_trigger",
            "pg_extension",
            "pg_publication",
            "pg_publication_rel",
            "pg_description",
            "pg_shdescription",
            "pg_depend",
            "pg_shdepend",
            "pg_roles",
            "pg_auth_members",
            "pg_db_role_setting");

    /** What vacuum changes by itself, and what cannot be compared. */
    private static final String VOLATILE =
            "array['relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid',"
                    + " 'relminmxid', 'relhasindex', 'relhastriggers', 'attmissingval']";

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void uninstall_ofAProject_leavesEveryCatalogAsItWas(String mode) throws Exception {
        try (SupabaseProject supabase = SupabaseProject.start(mode);
                Sql admin = supabase.admin()) {
            List<String> before = catalogs(admin);
            install(
                    supabase.address(),
                    builder -> builder.usersAsAuthenticated().usersOfSupabaseAuth());
            assertThat(difference(before, catalogs(admin))).isNotEmpty();

            uninstall(supabase.address(), deployment(admin));

            assertThat(difference(before, catalogs(admin))).isEmpty();
        }
    }

    @Test
    void uninstall_ofPlainPostgres_leavesEveryCatalogAsItWas() throws Exception {
        try (OwnServer server = OwnServer.start()) {
            StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
            try (Sql admin = server.admin(owner)) {
                List<String> before = catalogs(admin);
                install(owner, builder -> builder);

                uninstall(owner, deployment(admin));

                assertThat(difference(before, catalogs(admin))).isEmpty();
            }
        }
    }

    @Test
    void uninstall_whereObjectsOfTheHostDependOnOurs_namesThemAndRemovesNothing() throws Exception {
        try (OwnServer server = OwnServer.start()) {
            StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
            install(owner, builder -> builder);
            try (Sql admin = server.admin(owner)) {
                admin.run("create view public.accounts as select id from snagr.users");
                admin.run("create table public.baskets (owner uuid references snagr.users (id))");
                List<String> before = catalogs(admin);

                assertThatThrownBy(() -> uninstall(owner, deployment(admin)))
                        .hasMessageContaining("accounts")
                        .hasMessageContaining("baskets");

                assertThat(difference(before, catalogs(admin))).isEmpty();
            }
        }
    }

    @Test
    void uninstall_ofAnotherDeployment_isRefused() throws Exception {
        try (OwnServer server = OwnServer.start()) {
            StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
            assertThatThrownBy(() -> uninstall(owner, UUID.randomUUID())).hasMessageContaining("no schema snagr");
            install(owner, builder -> builder);

            assertThatThrownBy(() -> uninstall(owner, UUID.randomUUID())).hasMessageContaining("another one");

            try (Sql admin = server.admin(owner)) {
                assertThat(deployment(admin)).isNotNull();
            }
        }
    }

    @Test
    void uninstall_ofOneOfTwoDatabases_leavesTheRolesToTheOther() throws Exception {
        try (OwnServer server = OwnServer.start();
                KeyProvider keys = Keys.ephemeral()) {
            StoreAddress one = server.databaseOf("migrator", "nosuperuser createrole");
            StoreAddress other = server.databaseOf("migrator", "nosuperuser createrole");
            install(one, builder -> builder);
            install(other, builder -> builder.keys(keys));
            try (Sql admin = server.admin(one);
                    Sql otherAdmin = server.admin(other)) {
                uninstall(one, deployment(admin));

                install(other, builder -> builder.keys(keys));
                assertThat(admin.list("select 1 from pg_namespace where nspname = 'snagr'"))
                        .isEmpty();
                assertThat(admin.list("select 1 from pg_default_acl")).isEmpty();

                uninstall(other, deployment(otherAdmin));
                assertThat(admin.list("select 1 from pg_roles where rolname like 'snagr\\_%'"))
                        .isEmpty();
            }
        }
    }

    private static void install(StoreAddress address, UnaryOperator<PostgresSnagrData.Builder> settings) {
        try (KeyProvider keys = Keys.ephemeral()) {
            settings.apply(PostgresSnagrData.builder()
                            .primary(address.jdbcUrl(), address.user(), address.password())
                            .keys(keys))
                    .build()
                    .close();
        }
    }

    private static void uninstall(StoreAddress address, UUID deployment) {
        PostgresSnagrData.uninstall(address.jdbcUrl(), address.user(), address.password(), deployment);
    }

    private static UUID deployment(Sql admin) throws SQLException {
        return UUID.fromString(admin.one("select id from snagr.deployment"));
    }

    private static List<String> difference(List<String> before, List<String> after) {
        List<String> lost = new ArrayList<>(before);
        lost.removeAll(new HashSet<>(after));
        List<String> gained = new ArrayList<>(after);
        gained.removeAll(new HashSet<>(before));
        lost.addAll(gained);
        return lost;
    }

    private static List<String> catalogs(Sql admin) throws SQLException {
        List<String> rows = new ArrayList<>();
        for (String catalog : CATALOGS) {
            rows.addAll(admin.list("select '" + catalog + "', (to_jsonb(c) - " + VOLATILE + ")::text from " + catalog
                    + " c order by 2"));
        }
        rows.addAll(admin.list("select datname, datacl::text from pg_database where datname = current_database()"));
        return rows;
    }
}

package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.StoreAddress;
import java.sql.SQLException;

/** The foreign key from our users to those of Supabase Auth: the deletion of one there deletes the user here. */
final class AuthUsers {
    private static final String STATE = """
            select convalidated
            from pg_constraint
            where conrelid = to_regclass('snagr.users') and conname = 'users_auth_fkey'
            """;

    private static final String MAY_REFER = """
            select exists (
              select
              from pg_class c
              join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = 'auth' and c.relname = 'users' and has_table_privilege(c.oid, 'references')
                and has_table_privilege(c.oid, 'select') and has_schema_privilege(n.oid, 'usage'))
            """;

    private static final String STRANGERS = """
            select count(*)
            from snagr.users u
            where not exists (select from auth.users a where a.id = u.id)
            """;

    private static final String DROP = "alter table snagr.users drop constraint if exists users_auth_fkey";

    private AuthUsers() {}

    /** Adds the key, or drops it. Nothing where that is so already. */
    static void settle(StoreAddress migrator, Catalog catalog, Schema.Tie tie) throws SQLException {
        String attempt = "Settling the foreign key to auth.users";
        if (tie == Schema.Tie.NONE) {
            if (!catalog.list(STATE).isEmpty()) {
                Migrator.change(migrator, catalog, attempt, () -> run(catalog, DROP));
            }
            return;
        }
        if (catalog.ask(STATE)) {
            return;
        }
        if (!catalog.ask(MAY_REFER)) {
            throw new SnagrDataException.Misconfigured("usersOfSupabaseAuth() needs the table auth.users of a Supabase"
                    + " project and the right to refer to it, which '" + migrator.user()
                    + "' has not here: leave it out");
        }
        requireNoStrangers(catalog);
        Migrator.change(migrator, catalog, attempt, () -> {
            if (catalog.list(STATE).isEmpty()) {
                run(
                        catalog,
                        "alter table snagr.users add constraint users_auth_fkey"
                                + " foreign key (id) references auth.users (id) on delete cascade not valid");
            }
        });
        // Apart from the first, since it reads every row and must not keep others from writing meanwhile.
        try {
            Migrator.change(migrator, catalog, attempt, () -> {
                requireNoStrangers(catalog);
                run(catalog, "alter table snagr.users validate constraint users_auth_fkey");
            });
        } catch (SnagrDataException.Misconfigured stranger) {
            Migrator.change(migrator, catalog, attempt, () -> run(catalog, DROP));
            throw stranger;
        }
    }

    /** Changes the key, and puts it on record in the same transaction. */
    private static void run(Catalog catalog, String change) throws SQLException {
        catalog.run(change);
        Migrator.record(catalog, "constraint:users_auth_fkey");
    }

    private static void requireNoStrangers(Catalog catalog) throws SQLException {
        String strangers = catalog.find(STRANGERS).orElseThrow();
        if (!strangers.equals("0")) {
            throw new SnagrDataException.Misconfigured("usersOfSupabaseAuth() cannot tie the users of snagr.users to"
                    + " auth.users: " + strangers
                    + " of them have no row there. Create these users in Supabase Auth with"
                    + " the same ids, or delete them, and start again; or leave it out");
        }
    }
}

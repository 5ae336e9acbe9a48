package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.spi.StoreAddress;
import java.sql.SQLException;

/**
 * The role {@code authenticated} of a host such as Supabase, for the sessions of users: it gets what {@code snagr_user} may,
 * grant by grant and policy by policy. Not by membership, since that role inherits nothing, and is the platform's to alter.
 */
final class HostRole {
    private static final String NAME = DatabaseRole.AUTHENTICATED.sqlName();

    /** What a role holds in the schema: the same text for two roles that may do the same. */
    private static final String HELD = """
            select coalesce(string_agg(h.held, e'\\n' order by h.held), '')
            from (
              select format('schema %s', a.privilege_type) as held
              from pg_namespace n
              cross join lateral aclexplode(n.nspacl) a
              where n.nspname = 'snagr' and a.grantee = to_regrole(?)
              union all
              select format('table %s %s', c.relname, a.privilege_type)
              from pg_class c
              cross join lateral aclexplode(c.relacl) a
              where c.relnamespace = to_regnamespace('snagr') and a.grantee = to_regrole(?)
              union all
              select format('column %s.%s %s', c.relname, t.attname, a.privilege_type)
              from pg_class c
              join pg_attribute t on t.attrelid = c.oid
              cross join lateral aclexplode(t.attacl) a
              where c.relnamespace = to_regnamespace('snagr') and a.grantee = to_regrole(?)
              union all
              select format('function %s %s', p.oid::regprocedure, a.privilege_type)
              from pg_proc p
              cross join lateral aclexplode(p.proacl) a
              where p.pronamespace = to_regnamespace('snagr') and a.grantee = to_regrole(?)
              union all
              select format('policy %s %s %s %s %s', c.relname, p.polcmd, p.polpermissive,
                pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
              from pg_policy p
              join pg_class c on c.oid = p.polrelid
              where c.relnamespace = to_regnamespace('snagr') and p.polroles = array[to_regrole(?)::oid]) h
            """;

    private static final String IS_BOUND =
            "select exists (select from pg_roles where rolname = ? and not rolsuper and not rolbypassrls)";

    /**
     * Takes back what the role has, and then gives it what snagr_user has, unless snagr.mirror is off. Each object is changed
     * by its owner: whoever migrates becomes snagr_definer for its functions.
     */
    private static final String MIRROR = """
            do $$
            declare
              entry record;
              newer constant boolean := current_setting('server_version_num')::integer >= 160000;
              borrowed constant boolean := not pg_catalog.pg_has_role(current_user, 'snagr_definer',
                case when newer then 'set' else 'member' end);
            begin
              if borrowed then
                execute 'grant snagr_definer to current_user'
                  || case when newer then ' with set true, inherit false' else '' end;
              end if;

              for entry in
                select c.relowner::regrole as owner, pg_catalog.format('drop policy %I on %s', p.polname, c.oid::regclass) as change
                from pg_catalog.pg_policy p
                join pg_catalog.pg_class c on c.oid = p.polrelid
                where c.relnamespace = 'snagr'::regnamespace and p.polroles = array['authenticated'::regrole::oid]
                union all
                select distinct c.relowner::regrole, pg_catalog.format('revoke all on %s from authenticated', c.oid::regclass)
                from pg_catalog.pg_class c
                cross join lateral (
                  select (pg_catalog.aclexplode(c.relacl)).grantee
                  union all
                  select (pg_catalog.aclexplode(t.attacl)).grantee
                  from pg_catalog.pg_attribute t
                  where t.attrelid = c.oid) a
                where c.relnamespace = 'snagr'::regnamespace and a.grantee = 'authenticated'::regrole
                union all
                select p.proowner::regrole, pg_catalog.format('revoke all on function %s from authenticated', p.oid::regprocedure)
                from pg_catalog.pg_proc p
                cross join lateral pg_catalog.aclexplode(p.proacl) a
                where p.pronamespace = 'snagr'::regnamespace and a.grantee = 'authenticated'::regrole
                union all
                select n.nspowner::regrole, 'revoke all on schema snagr from authenticated'
                from pg_catalog.pg_namespace n
                where n.nspname = 'snagr'
              loop
                execute pg_catalog.format('set local role %s', entry.owner);
                execute entry.change;
                reset role;
              end loop;

              if current_setting('snagr.mirror')::boolean then
                for entry in
                  select n.nspowner::regrole as owner, 'grant usage on schema snagr to authenticated' as change
                  from pg_catalog.pg_namespace n
                  where n.nspname = 'snagr'
                  union all
                  select c.relowner::regrole,
                    pg_catalog.format('grant %s on %s to authenticated', a.privilege_type, c.oid::regclass)
                  from pg_catalog.pg_class c
                  cross join lateral pg_catalog.aclexplode(c.relacl) a
                  where c.relnamespace = 'snagr'::regnamespace and a.grantee = 'snagr_user'::regrole
                  union all
                  select c.relowner::regrole,
                    pg_catalog.format('grant %s (%I) on %s to authenticated', a.privilege_type, t.attname, c.oid::regclass)
                  from pg_catalog.pg_class c
                  join pg_catalog.pg_attribute t on t.attrelid = c.oid
                  cross join lateral pg_catalog.aclexplode(t.attacl) a
                  where c.relnamespace = 'snagr'::regnamespace and a.grantee = 'snagr_user'::regrole
                  union all
                  select p.proowner::regrole,
                    pg_catalog.format('grant execute on function %s to authenticated', p.oid::regprocedure)
                  from pg_catalog.pg_proc p
                  cross join lateral pg_catalog.aclexplode(p.proacl) a
                  where p.pronamespace = 'snagr'::regnamespace and a.grantee = 'snagr_user'::regrole
                  union all
                  select c.relowner::regrole,
                    pg_catalog.format('create policy %I on %s as %s for %s to authenticated',
                      pg_catalog.replace(p.polname, 'snagr_user', 'authenticated'), c.oid::regclass,
                      case when p.polpermissive then 'permissive' else 'restrictive' end,
                      case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                        when 'd' then 'delete' else 'all' end)
                    || coalesce(' using (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
                    || coalesce(' with check (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
                  from pg_catalog.pg_policy p
                  join pg_catalog.pg_class c on c.oid = p.polrelid
                  where c.relnamespace = 'snagr'::regnamespace and p.polroles = array['snagr_user'::regrole::oid]
                loop
                  execute pg_catalog.format('set local role %s', entry.owner);
                  execute entry.change;
                  reset role;
                end loop;
              elsif exists (
                  select from pg_catalog.pg_auth_members m
                  where m.roleid = 'authenticated'::regrole and m.member = pg_catalog.to_regrole('snagr_app')) then
                revoke authenticated from snagr_app;
              end if;

              if borrowed then
                revoke snagr_definer from current_user;
              end if;
            end $$
            """;

    private HostRole() {}

    /** Gives the role what snagr_user may, or takes all of it back. Nothing where that is so already. */
    static void settle(StoreAddress migrator, Catalog catalog, Users users) throws SQLException {
        boolean mirrored = users == Users.AS_AUTHENTICATED;
        if (mirrored && !catalog.ask(IS_BOUND, NAME)) {
            throw new SnagrDataException.Misconfigured(
                    "usersAsAuthenticated() needs the role " + NAME
                            + " of a Supabase project, without SUPERUSER and BYPASSRLS, and this server has no such: leave it out");
        }
        if (isSettled(catalog, mirrored)) {
            return;
        }
        Migrator.change(migrator, catalog, "Settling the rights of the role " + NAME, () -> {
            if (!isSettled(catalog, mirrored)) {
                catalog.run("select set_config('snagr.mirror', '" + mirrored + "', true); " + MIRROR);
                Migrator.record(catalog, "role:" + NAME);
            }
        });
    }

    private static boolean isSettled(Catalog catalog, boolean mirrored) throws SQLException {
        String held = held(catalog, NAME);
        return held.equals(mirrored ? held(catalog, DatabaseRole.USER.sqlName()) : "");
    }

    private static String held(Catalog catalog, String role) throws SQLException {
        return catalog.find(HELD, role, role, role, role, role).orElseThrow();
    }

    /** As which role users' statements run. */
    enum Users {
        AS_SNAGR_USER,
        AS_AUTHENTICATED
    }
}

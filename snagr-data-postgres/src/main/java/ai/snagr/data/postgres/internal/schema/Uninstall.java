package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.StoreAddress;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes away what the migrations made, and nothing else: the schema with all rows, and the roles if nobody else has them. */
final class Uninstall {
    private static final Logger LOG = LoggerFactory.getLogger(Uninstall.class);

    private static final String OWNS_SCHEMA =
            "select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'snagr'";

    /** What belongs to somebody else and would not work without what is ours. */
    private static final String DEPENDENTS = """
            with ours (class, id) as (
              select 'pg_class'::regclass, oid from pg_class where relnamespace = 'snagr'::regnamespace
              union all
              select 'pg_type'::regclass, oid from pg_type where typnamespace = 'snagr'::regnamespace
              union all
              select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'snagr'::regnamespace
              union all
              select 'pg_constraint'::regclass, oid from pg_constraint where connamespace = 'snagr'::regnamespace
            ), others as (
              select d.classid, d.objid, d.objsubid,
                case d.classid
                  when 'pg_class'::regclass then (select relnamespace from pg_class where oid = d.objid)
                  when 'pg_type'::regclass then (select typnamespace from pg_type where oid = d.objid)
                  when 'pg_proc'::regclass then (select pronamespace from pg_proc where oid = d.objid)
                  when 'pg_constraint'::regclass then (select connamespace from pg_constraint where oid = d.objid)
                  else (select relnamespace from pg_class where oid = coalesce(
                    (select ev_class from pg_rewrite where d.classid = 'pg_rewrite'::regclass and oid = d.objid),
                    (select polrelid from pg_policy where d.classid = 'pg_policy'::regclass and oid = d.objid),
                    (select adrelid from pg_attrdef where d.classid = 'pg_attrdef'::regclass and oid = d.objid)))
                end as namespace
              from pg_depend d
              join ours o on o.class = d.refclassid and o.id = d.refobjid
              where d.deptype in ('n', 'a'))
            select distinct pg_describe_object(classid, objid, objsubid)
            from others
            where namespace <> 'snagr'::regnamespace
            order by 1
            """;

    private static final String ROLES = """
            ('snagr_app', 'snagr_user', 'snagr_auth', 'snagr_matcher', 'snagr_payments', 'snagr_notifier', 'snagr_worker',
             'snagr_admin', 'snagr_auditor', 'snagr_feed', 'snagr_bulk', 'snagr_definer')""";

    /** The default of one's own role is changed by becoming it. */
    private static final String DROP = """
            do $$
            declare
              newer constant boolean := current_setting('server_version_num')::integer >= 160000;
              borrowed constant boolean := not pg_catalog.pg_has_role(current_user, 'snagr_definer',
                case when newer then 'set' else 'member' end);
            begin
              drop schema snagr cascade;
              if borrowed then
                execute 'grant snagr_definer to current_user'
                  || case when newer then ' with set true, inherit false' else '' end;
              end if;
              set local role snagr_definer;
              alter default privileges grant execute on functions to public;
              reset role;
              if borrowed then
                revoke snagr_definer from current_user;
              end if;
            end $$
            """;

    private static final String CONNECT = """
            select exists (
              select
              from pg_database b
              cross join lateral aclexplode(b.datacl) a
              where b.datname = current_database() and a.grantee = to_regrole('snagr_app'))
            """;

    /** Who else has our roles: other databases, objects of the host's, or somebody who made them. */
    private static final String ROLES_IN_USE = """
            select exists (
              select
              from pg_shdepend d
              join pg_roles r on d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid
              where r.rolname in %1$s and d.deptype <> 'i')
            or exists (
              select
              from pg_roles r
              join pg_roles me on me.rolname = current_user
              where r.rolname in %1$s and not (me.rolsuper
                or me.rolcreaterole and current_setting('server_version_num')::integer < 160000
                or pg_has_role(me.oid, r.oid, 'member with admin option')))
            """.formatted(ROLES);

    private Uninstall() {}

    static void run(StoreAddress migrator, UUID deployment) {
        Migrator.requireDirect(migrator);
        try (Catalog catalog = Catalog.open(migrator)) {
            Migrator.change(migrator, catalog, "Uninstalling the schema snagr", () -> drop(catalog, deployment));
        } catch (SQLException e) {
            throw SetupErrors.of("Uninstalling as '" + migrator.user() + "'", e);
        }
    }

    private static void drop(Catalog catalog, UUID deployment) throws SQLException {
        requireMeant(catalog, deployment);
        List<String> dependents = catalog.list(DEPENDENTS);
        if (!dependents.isEmpty()) {
            throw refused("objects that are not of this library depend on it: " + String.join("; ", dependents)
                    + ". Drop them first");
        }
        catalog.run(DROP);
        if (catalog.ask(CONNECT)) {
            catalog.run("revoke connect on database "
                    + Catalog.quoted(catalog.find("select current_database()").orElseThrow()) + " from snagr_app");
        }
        if (catalog.ask(ROLES_IN_USE)) {
            LOG.info("The schema snagr is removed; its roles stay, since something else on this server uses them");
            return;
        }
        for (String role : catalog.list("select rolname from pg_roles where rolname in " + ROLES)) {
            catalog.run("drop role " + role);
        }
        LOG.info("The schema snagr and its roles are removed");
    }

    private static void requireMeant(Catalog catalog, UUID deployment) throws SQLException {
        Optional<String> owned = catalog.find(OWNS_SCHEMA);
        if (owned.isEmpty()) {
            throw refused("there is no schema snagr in this database");
        }
        if (!owned.get().equals("t")) {
            throw refused("this login does not own it: give the owner's, as to migrator(…)");
        }
        if (!catalog.ask("select id = ? from snagr.deployment", deployment)) {
            throw refused("the deployment of this database is another one than was confirmed: select id from"
                    + " snagr.deployment");
        }
    }

    private static SnagrDataException refused(String why) {
        return new SnagrDataException.Misconfigured("The schema snagr was not uninstalled: " + why);
    }
}

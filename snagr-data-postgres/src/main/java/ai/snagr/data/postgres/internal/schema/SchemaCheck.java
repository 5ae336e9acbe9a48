package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What must hold before a statement is sent: a server that is supported, and a schema that guards its rows. */
final class SchemaCheck {
    static final int OLDEST_SERVER = 15;
    static final int NEWEST_SERVER = 18;

    private static final Logger LOG = LoggerFactory.getLogger(SchemaCheck.class);

    private SchemaCheck() {}

    /** Refuses a server that is too old or read-only; warns of one that is newer than those tested. */
    static void requireServer(Catalog catalog) throws SQLException {
        int major = catalog.serverMajor();
        if (major < OLDEST_SERVER) {
            throw new SnagrDataException.Misconfigured("PostgreSQL " + major + " is not supported: version "
                    + OLDEST_SERVER + " to " + NEWEST_SERVER + " is needed");
        }
        if (major > NEWEST_SERVER) {
            LOG.warn(
                    "PostgreSQL {} is newer than {}, the newest that this library is tested with",
                    major,
                    NEWEST_SERVER);
        }
        if (catalog.ask("select pg_is_in_recovery()")) {
            throw new SnagrDataException.Misconfigured(
                    "This server is a standby, which cannot be migrated: give the primary's URL");
        }
    }

    /** The deployment's id, once tables and roles are seen to be guarded as the migrations left them. */
    static UUID requireGuarded(Catalog catalog) throws SQLException {
        List<String> problems = catalog.list("""
                select format('table %s is without row-level security', c.relname)
                from pg_class c
                where c.relnamespace = 'snagr'::regnamespace and c.relkind in ('r', 'p')
                  and c.relname <> 'schema_history'
                  and not (c.relrowsecurity and (c.relforcerowsecurity or c.relname = 'staging_matches'))
                union all
                select format('trigger %s of table %s is missing or not ENABLE ALWAYS, so changes are not told',
                  told.trigger, told.relation)
                from (
                  select 'tell_' || event as trigger, relation
                  from unnest(array['users', 'user_preferences', 'searches', 'saved_searches', 'matches', 'unlocks'])
                    as relation
                  cross join unnest(array['insert', 'update', 'delete', 'truncate']) as event
                  union all
                  values ('tell_delete', 'subject_keys'), ('tell_truncate', 'subject_keys')) told
                where not exists (
                  select from pg_trigger t
                  where t.tgrelid = to_regclass('snagr.' || told.relation) and t.tgname = told.trigger
                    and t.tgenabled = 'A' and t.tgfoid = to_regproc('snagr.tell_change_of_' || told.relation))
                union all
                select format('trigger %s of table %s is missing or not ENABLE ALWAYS, so what is on record can be changed',
                  guard.relation || guard.suffix, guard.relation)
                from (
                  select relation, suffix
                  from unnest(array['audit_events', 'audit_leaves', 'audit_checkpoints']) as relation
                  cross join unnest(array['_append_only', '_no_truncate']) as suffix) guard
                where not exists (
                  select from pg_trigger t
                  where t.tgrelid = to_regclass('snagr.' || guard.relation)
                    and t.tgname = guard.relation || guard.suffix and t.tgenabled = 'A'
                    and t.tgfoid = to_regproc('snagr.refuse_change_of_audit'))
                union all
                select format('policy %s of table %s lets what is on record be changed', p.polname, c.relname)
                from pg_policy p
                join pg_class c on c.oid = p.polrelid
                where c.relnamespace = 'snagr'::regnamespace
                  and c.relname in ('audit_events', 'audit_leaves', 'audit_checkpoints')
                  and p.polcmd in ('w', 'd', '*') and p.polpermissive and p.polroles <> array[c.relowner]
                union all
                select format('role %s can log in, has an attribute, or is a member of a role', r.rolname)
                from pg_roles r
                where r.rolname in ('snagr_user', 'snagr_auth', 'snagr_matcher', 'snagr_payments', 'snagr_notifier',
                    'snagr_worker', 'snagr_admin', 'snagr_auditor', 'snagr_feed', 'snagr_bulk', 'snagr_definer')
                  and (r.rolcanlogin or r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb
                    or r.rolreplication or exists (select from pg_auth_members m where m.member = r.oid))
                """);
        if (!problems.isEmpty()) {
            throw new SnagrDataException.Misconfigured(
                    ErrorCode.SCHEMA_MISMATCH,
                    "The schema snagr does not guard its rows as the migrations left it: "
                            + String.join("; ", problems),
                    null);
        }
        return UUID.fromString(
                catalog.find("select id from snagr.deployment").orElseThrow(SchemaCheck::deploymentLost));
    }

    private static SnagrDataException deploymentLost() {
        return new SnagrDataException.Misconfigured(
                ErrorCode.SCHEMA_MISMATCH,
                "The table snagr.deployment is empty. Its row is part of every sealed value: restore it from a backup",
                null);
    }
}

package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may do what: every role, table and operation. What is not in the list is not allowed. */
final class PrivilegesIT {
    private static final String MATRIX = """
            snagr_admin audit_events insert all but (created_at, xid)
            snagr_admin deployment select
            snagr_admin system_settings insert
            snagr_admin system_settings select
            snagr_admin system_settings update all but (name)
            snagr_admin users select all but (password_hash)
            snagr_admin users update (is_active, deleted_at, updated_at)
            snagr_auditor audit_checkpoints select
            snagr_auditor audit_events insert all but (created_at, xid)
            snagr_auditor audit_events select
            snagr_auditor audit_leaves select
            snagr_auditor deployment select
            snagr_auditor system_settings select
            snagr_auth audit_events insert all but (created_at, xid)
            snagr_auth deployment select
            snagr_auth system_settings select
            snagr_auth users insert
            snagr_auth users select all but (password_hash)
            snagr_auth users update (password_hash, updated_at)
            snagr_definer audit_checkpoints insert
            snagr_definer audit_checkpoints select
            snagr_definer audit_events select
            snagr_definer audit_leaves insert
            snagr_definer audit_leaves select
            snagr_definer change_epoch insert
            snagr_definer change_epoch select
            snagr_definer change_epoch update all but (id)
            snagr_definer change_outbox delete
            snagr_definer change_outbox insert (user_id, kind, keys)
            snagr_definer change_outbox select all but (user_id, kind, keys)
            snagr_definer jobs insert (user_id, id, search_id, status, origin)
            snagr_definer matches select all but (job_id, description, seller_info, listing_url, frozen, created_at, batch_id)
            snagr_definer saved_searches select
            snagr_definer saved_searches update (last_run_at, next_run_at)
            snagr_definer searches select
            snagr_definer unlocks select (user_id, match_id, revoked_at)
            snagr_definer users select all but (email, created_at, updated_at)
            snagr_feed change_consumers insert
            snagr_feed change_consumers select
            snagr_feed change_consumers update all but (name)
            snagr_feed change_epoch select
            snagr_feed change_outbox select
            snagr_feed deployment select
            snagr_feed system_settings select
            snagr_matcher audit_events insert all but (created_at, xid)
            snagr_matcher batch_keys insert all but (created_at)
            snagr_matcher deployment select
            snagr_matcher jobs select
            snagr_matcher jobs update all but (user_id, id, search_id, origin, created_at)
            snagr_matcher lock_keys select (version, public_key)
            snagr_matcher matches insert all but (frozen, search_tsv)
            snagr_matcher matches select
            snagr_matcher matches update all but (user_id, id, search_id, external_listing_id, frozen, created_at, search_tsv)
            snagr_matcher searches select
            snagr_matcher staging_matches delete
            snagr_matcher staging_matches select
            snagr_matcher subject_keys insert
            snagr_matcher subject_keys select
            snagr_matcher system_settings select
            snagr_notifier audit_events insert all but (created_at, xid)
            snagr_notifier deployment select
            snagr_notifier notifications insert
            snagr_notifier notifications select
            snagr_notifier notifications update (status, attempts, available_at, lease_token, sent_at)
            snagr_notifier searches select (user_id, id)
            snagr_notifier subject_keys select
            snagr_notifier system_settings select
            snagr_notifier user_preferences select
            snagr_notifier users select all but (password_hash)
            snagr_payments audit_events insert all but (created_at, xid)
            snagr_payments batch_keys select
            snagr_payments deployment select
            snagr_payments lock_keys select
            snagr_payments matches select
            snagr_payments matches update (frozen)
            snagr_payments payments insert
            snagr_payments payments select
            snagr_payments payments update (status, completed_at, updated_at, stripe_event_id)
            snagr_payments searches select (user_id, id)
            snagr_payments subject_keys insert
            snagr_payments subject_keys select
            snagr_payments system_settings select
            snagr_payments unlocks insert
            snagr_payments unlocks select
            snagr_payments unlocks update all but (user_id, id, match_id)
            snagr_payments users select (id)
            snagr_user audit_events insert all but (created_at, xid)
            snagr_user change_epoch select
            snagr_user change_outbox select
            snagr_user deployment select
            snagr_user jobs insert
            snagr_user jobs select
            snagr_user matches select all but (external_listing_id, search_tsv, batch_id)
            snagr_user notifications select
            snagr_user payments insert
            snagr_user payments select
            snagr_user saved_searches delete
            snagr_user saved_searches insert
            snagr_user saved_searches select
            snagr_user saved_searches update
            snagr_user searches delete
            snagr_user searches insert
            snagr_user searches select
            snagr_user searches update (last_activity_at)
            snagr_user subject_keys insert
            snagr_user subject_keys select
            snagr_user system_settings select
            snagr_user unlocks select
            snagr_user unlocks update (suggested_message)
            snagr_user user_preferences insert
            snagr_user user_preferences select
            snagr_user user_preferences update
            snagr_user users select all but (password_hash)
            snagr_worker audit_events insert all but (created_at, xid)
            snagr_worker deployment select
            snagr_worker system_settings select
            """;

    /** One line for each operation that a role may do on the whole table, or on some of its columns. */
    private static final String HELD = """
            with cell as (
              select r.rolname, r.oid as role, c.relname, c.oid as relation, o.operation
              from pg_roles r
              cross join pg_class c
              cross join (values ('select'), ('insert'), ('update'), ('delete'), ('truncate'), ('references'), ('trigger'))
                as o (operation)
              where r.rolname in ('snagr_user', 'snagr_auth', 'snagr_matcher', 'snagr_payments', 'snagr_notifier',
                  'snagr_worker', 'snagr_admin', 'snagr_auditor', 'snagr_feed', 'snagr_bulk', 'snagr_definer',
                  'snagr_app')
                and c.relnamespace = 'snagr'::regnamespace and c.relkind = 'r' and c.relowner <> r.oid
            ), columns as (
              select cell.*, h.held, h.lacking
              from cell
              cross join lateral (
                select string_agg(a.attname, ', ' order by a.attnum) filter (where p.held) as held,
                  string_agg(a.attname, ', ' order by a.attnum) filter (where not p.held) as lacking
                from pg_attribute a
                cross join lateral (
                  select case when cell.operation in ('select', 'insert', 'update', 'references')
                    then has_column_privilege(cell.role, cell.relation, a.attnum, cell.operation) else false end) as p (held)
                where a.attrelid = cell.relation and a.attnum > 0 and not a.attisdropped) h
            )
            select rolname || ' ' || relname || ' ' || operation
              || case
                when has_table_privilege(role, relation, operation) then ''
                when length(held) <= length(lacking) then ' (' || held || ')'
                else ' all but (' || lacking || ')'
              end
            from columns
            where has_table_privilege(role, relation, operation) or held is not null
            order by 1
            """;

    private static PreparedDatabase database;

    @BeforeAll
    static void prepare() throws SQLException {
        database = PreparedDatabase.create();
    }

    @AfterAll
    static void close() throws SQLException {
        database.close();
    }

    @Test
    void privileges_ofEveryRoleOnEveryTable_areThoseOfTheMatrix() throws SQLException {
        assertThat(database.admin().list(HELD))
                .containsExactlyInAnyOrderElementsOf(MATRIX.lines().toList());
    }

    @Test
    void privileges_inTheSchema_areUsageOnly() throws SQLException {
        assertThat(database.admin().list("""
                select r.rolname, has_schema_privilege(r.oid, 'snagr', 'usage'), has_schema_privilege(r.oid, 'snagr', 'create')
                from pg_roles r
                where r.rolname like 'snagr\\_%' and r.rolname <> 'snagr_test_owner'
                order by 1
                """))
                .containsExactly(
                        "snagr_admin|t|f",
                        "snagr_app|f|f",
                        "snagr_auditor|t|f",
                        "snagr_auth|t|f",
                        "snagr_bulk|t|f",
                        "snagr_definer|t|f",
                        "snagr_feed|t|f",
                        "snagr_matcher|t|f",
                        "snagr_notifier|t|f",
                        "snagr_payments|t|f",
                        "snagr_user|t|f",
                        "snagr_worker|t|f");
    }

    @Test
    void roles_always_canNeitherLogInNorDoMoreThanIsGrantedHere() throws SQLException {
        assertThat(database.admin().list("""
                select r.rolname
                from pg_roles r
                where r.rolname in ('snagr_user', 'snagr_auth', 'snagr_matcher', 'snagr_payments', 'snagr_notifier',
                    'snagr_worker', 'snagr_admin', 'snagr_auditor', 'snagr_feed', 'snagr_bulk', 'snagr_definer')
                  and not (r.rolcanlogin or r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb
                    or r.rolreplication or r.rolinherit
                    or exists (select from pg_auth_members m where m.member = r.oid))
                """)).hasSize(11);
    }

    @Test
    void definer_always_isNobodysToTake() throws SQLException {
        List<String> members = database.admin().list("""
                select m.member::regrole
                from pg_auth_members m
                where m.roleid = 'snagr_definer'::regrole
                """);
        // From 16 on whoever creates a role may administer it; in none of its forms may the serving login become it.
        assertThat(members).doesNotContain("snagr_app").isSubsetOf("snagr_test_owner");
        assertThat(database.admin().one("select pg_has_role('snagr_app', 'snagr_definer', 'member')"))
                .isEqualTo("f");
    }
}

package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import ai.snagr.data.postgres.internal.schema.PreparedDatabase;
import ai.snagr.data.postgres.internal.schema.Sql;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules that every table, key, policy and function of the schema keeps, read from the catalog. */
final class SchemaRulesIT {
    private static final String SUB =
            "( SELECT (((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::jsonb"
                    + " ->> 'sub'::text))::uuid AS uuid)";
    private static final String OWN = "(user_id = " + SUB + ")";
    private static final String OWN_ID = "(id = " + SUB + ")";

    /** Tables without rows of users; users itself is named by its id. */
    private static final String REFERENCE_TABLES =
            "('schema_history', 'deployment', 'system_settings', 'audit_events', 'audit_keys', 'audit_leaves',"
                    + " 'audit_checkpoints', 'users', 'change_outbox', 'change_epoch', 'change_consumers', 'lock_keys')";

    private static PreparedDatabase database;
    private static Sql sql;

    @BeforeAll
    static void prepare() throws SQLException {
        database = PreparedDatabase.create();
        sql = database.admin();
    }

    @AfterAll
    static void close() throws SQLException {
        database.close();
    }

    @Test
    void tables_withRowsOfUsers_haveUserIdNotNull() throws SQLException {
        assertThat(sql.list("""
                select c.relname
                from pg_class c
                where c.relnamespace = 'snagr'::regnamespace and c.relkind in ('r', 'p')
                  and c.relname not in %s
                  and not exists (
                    select from pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'user_id' and a.atttypid = 'uuid'::regtype and a.attnotnull)
                """.formatted(REFERENCE_TABLES))).isEmpty();
    }

    @Test
    void keys_ofTablesOfUsers_containUserId() throws SQLException {
        assertThat(sql.list("""
                select x.indexrelid::regclass
                from pg_index x
                join pg_class c on c.oid = x.indrelid
                where c.relnamespace = 'snagr'::regnamespace and x.indisunique
                  and not exists (
                    select from pg_attribute a
                    where a.attrelid = c.oid and a.attnum = any (x.indkey)
                      and a.attname = case when c.relname = 'users' then 'id' else 'user_id' end)
                order by 1
                """))
                .containsExactlyInAnyOrder(
                        "snagr.users_email_key_key",
                        "snagr.payments_stripe_payment_id_key",
                        "snagr.payments_stripe_event_id_key",
                        "snagr.schema_history_pk",
                        "snagr.deployment_pkey",
                        "snagr.deployment_is_one_row",
                        "snagr.system_settings_pkey",
                        "snagr.audit_events_pkey",
                        "snagr.audit_keys_pkey",
                        "snagr.audit_leaves_pkey",
                        "snagr.audit_leaves_event_key",
                        "snagr.audit_checkpoints_pkey",
                        "snagr.change_outbox_pkey",
                        "snagr.change_epoch_pkey",
                        "snagr.change_epoch_is_one_row",
                        "snagr.change_consumers_pkey",
                        "snagr.lock_keys_pkey");
    }

    @Test
    void foreignKeys_always_linkUserIdToUserId() throws SQLException {
        assertThat(sql.list("""
                select k.conname
                from pg_constraint k
                where k.connamespace = 'snagr'::regnamespace and k.contype = 'f'
                  and not exists (
                    select from unnest(k.conkey, k.confkey) as u (mine, theirs)
                    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.mine
                    join pg_attribute b on b.attrelid = k.confrelid and b.attnum = u.theirs
                    where a.attname = 'user_id'
                      and b.attname = case when k.confrelid = 'snagr.users'::regclass then 'id' else 'user_id' end)
                """)).isEmpty();
        assertThat(sql.list("select conname from pg_constraint where contype = 'f'"))
                .hasSize(11);
    }

    @Test
    void foreignKeys_butOne_haveAnIndexThatServesThem() throws SQLException {
        assertThat(sql.list("""
                select k.conname
                from pg_constraint k
                where k.connamespace = 'snagr'::regnamespace and k.contype = 'f'
                  and not exists (
                    select from pg_index x
                    where x.indrelid = k.conrelid and x.indpred is null
                      and (select array_agg(i order by i) from unnest(x.indkey[0:cardinality(k.conkey) - 1]) i)
                        = (select array_agg(i order by i) from unnest(k.conkey) i))
                """)).containsExactly("matches_job_fkey");
    }

    @Test
    void rowSecurity_onEveryTable_isEnabledAndForced() throws SQLException {
        assertThat(sql.list("""
                select relname, relrowsecurity, relforcerowsecurity
                from pg_class
                where relnamespace = 'snagr'::regnamespace and relkind in ('r', 'p')
                  and not (relrowsecurity and relforcerowsecurity)
                order by 1
                """)).containsExactly("schema_history|f|f", "staging_matches|t|f");
    }

    @Test
    void policies_ofOneRoleTableAndCommand_areOne() throws SQLException {
        assertThat(sql.list("""
                select p.tablename, r.role, c.command, count(*)
                from pg_policies p
                cross join lateral unnest(p.roles) as r (role)
                cross join lateral unnest(
                  case p.cmd when 'ALL' then array['SELECT', 'INSERT', 'UPDATE', 'DELETE'] else array[p.cmd] end) as c (command)
                where p.schemaname = 'snagr'
                group by 1, 2, 3
                having count(*) > 1
                """)).isEmpty();
        assertThat(sql.list("""
                select tablename, policyname
                from pg_policies
                where schemaname = 'snagr'
                  and (permissive <> 'PERMISSIVE' or 'public' = any (roles) or cardinality(roles) <> 1)
                """)).isEmpty();
    }

    @Test
    void policies_andPrivileges_standForEachOther() throws SQLException {
        String granted = """
                select c.relname, r.rolname, o.command
                from pg_class c
                cross join pg_roles r
                cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) as o (command)
                where c.relnamespace = 'snagr'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_history'
                  and r.rolname like 'snagr\\_%' and r.rolname not in ('snagr_app', 'snagr_test_owner') and r.oid <> c.relowner
                  and (has_table_privilege(r.oid, c.oid, o.command)
                    or o.command <> 'DELETE' and has_any_column_privilege(r.oid, c.oid, o.command))
                """;
        String policies = """
                select p.tablename, r.role, p.cmd
                from pg_policies p
                cross join lateral unnest(p.roles) as r (role)
                where p.schemaname = 'snagr' and p.policyname <> 'owner'
                """;
        assertThat(sql.list(granted))
                .containsExactlyInAnyOrderElementsOf(sql.list(policies))
                .hasSizeGreaterThan(80);
    }

    @Test
    void policies_ofOwnRows_areFromTheTemplate() throws SQLException {
        String pendingJob = " AND (status = 'pending'::text) AND (retry_count = 0) AND (error IS NULL)"
                + " AND (started_at IS NULL) AND (completed_at IS NULL))";
        String pendingPayment =
                " AND (status = 'pending'::text) AND (completed_at IS NULL) AND (stripe_event_id IS NULL))";
        assertThat(sql.list("""
                select distinct coalesce(qual, with_check)
                from pg_policies
                where schemaname = 'snagr' and tablename <> 'audit_events' and coalesce(qual, with_check) <> 'true'
                  and policyname not like 'snagr\\_admin\\_%'
                """))
                .containsExactlyInAnyOrder(
                        OWN,
                        OWN_ID,
                        "(" + OWN + " OR (user_id IS NULL))",
                        "(" + OWN + pendingJob,
                        "(" + OWN + pendingPayment,
                        "(" + pendingJob.substring(" AND ".length()));
        assertThat(sql.list("""
                select tablename, policyname
                from pg_policies
                where schemaname = 'snagr' and cmd in ('UPDATE', 'ALL') and qual is distinct from with_check
                """)).isEmpty();
    }

    @Test
    void policies_ofTheAdmin_allAskForHisProof() throws SQLException {
        assertThat(sql.list("""
                select distinct coalesce(qual, with_check)
                from pg_policies
                where schemaname = 'snagr' and 'snagr_admin' = any (roles) and tablename <> 'audit_events'
                """)).singleElement(STRING).contains("'exp'", "statement_timestamp()");
        assertThat(sql.list("""
                select tablename, policyname
                from pg_policies
                where schemaname = 'snagr' and 'snagr_admin' = any (roles)
                  and not (coalesce(qual, with_check) like '%statement_timestamp()%'
                    and coalesce(with_check, qual) like '%statement_timestamp()%')
                """)).isEmpty();
    }

    @Test
    void policies_thatShowEveryRow_areThese() throws SQLException {
        assertThat(sql.list("""
                select tablename || ' ' || policyname
                from pg_policies
                where schemaname = 'snagr' and qual = 'true' and policyname <> 'owner'
                  and tablename not in ('deployment', 'system_settings')
                """))
                .containsExactlyInAnyOrder(
                        "audit_checkpoints snagr_auditor_select",
                        "audit_checkpoints snagr_definer_select",
                        "audit_events snagr_auditor_select",
                        "audit_events snagr_definer_select",
                        "audit_leaves snagr_auditor_select",
                        "audit_leaves snagr_definer_select",
                        "change_consumers snagr_feed_select",
                        "change_consumers snagr_feed_update",
                        "change_epoch snagr_definer_select",
                        "change_epoch snagr_definer_update",
                        "change_epoch snagr_feed_select",
                        "change_epoch snagr_user_select",
                        "change_outbox snagr_definer_select",
                        "change_outbox snagr_definer_delete",
                        "change_outbox snagr_feed_select",
                        "jobs snagr_matcher_select",
                        "jobs snagr_matcher_update",
                        "lock_keys snagr_matcher_select",
                        "lock_keys snagr_payments_select",
                        "matches snagr_definer_select",
                        "notifications snagr_notifier_select",
                        "notifications snagr_notifier_update",
                        "saved_searches snagr_definer_select",
                        "saved_searches snagr_definer_update",
                        "searches snagr_definer_select",
                        "searches snagr_matcher_select",
                        "searches snagr_notifier_select",
                        "unlocks snagr_definer_select",
                        "user_preferences snagr_notifier_select",
                        "users snagr_definer_select",
                        "users snagr_notifier_select");
        assertThat(sql.list("""
                select tablename || ' ' || policyname
                from pg_policies
                where schemaname = 'snagr' and with_check = 'true' and cmd = 'INSERT'
                """))
                .containsExactlyInAnyOrder(
                        "audit_checkpoints snagr_definer_insert",
                        "audit_leaves snagr_definer_insert",
                        "change_consumers snagr_feed_insert",
                        "change_epoch snagr_definer_insert",
                        "change_outbox snagr_definer_insert",
                        "notifications snagr_notifier_insert");
    }

    @Test
    void policies_ofTheOwner_areOnEveryTable() throws SQLException {
        assertThat(sql.list("""
                select c.relname
                from pg_class c
                where c.relnamespace = 'snagr'::regnamespace and c.relkind = 'r' and c.relforcerowsecurity
                  and not exists (
                    select from pg_policies p
                    where p.schemaname = 'snagr' and p.tablename = c.relname and p.policyname = 'owner'
                      and p.roles = array[c.relowner::regrole::name] and p.cmd = 'ALL' and p.qual = 'true'
                      and p.with_check = 'true')
                """)).isEmpty();
    }

    @Test
    void functions_thatReadPastPolicies_areTheDefinersWithAnEmptySearchPath() throws SQLException {
        assertThat(sql.list("""
                select p.proname, p.proowner::regrole
                from pg_proc p
                where p.pronamespace = 'snagr'::regnamespace and p.prosecdef
                order by 1
                """))
                .containsExactly(
                        "audit_events_about|snagr_definer",
                        "audit_notes|snagr_definer",
                        "audit_oldest_unsealed|snagr_definer",
                        "audit_seal_begin|snagr_definer",
                        "audit_seal_put|snagr_definer",
                        "audit_seal_take|snagr_definer",
                        "begin_change_epoch|snagr_definer",
                        "login_lookup|snagr_definer",
                        "purge_changes|snagr_definer",
                        "search_matches|snagr_definer",
                        "search_searches|snagr_definer",
                        "start_due|snagr_definer",
                        "tell_change_of_matches|snagr_definer",
                        "tell_change_of_saved_searches|snagr_definer",
                        "tell_change_of_searches|snagr_definer",
                        "tell_change_of_subject_keys|snagr_definer",
                        "tell_change_of_unlocks|snagr_definer",
                        "tell_change_of_user_preferences|snagr_definer",
                        "tell_change_of_users|snagr_definer",
                        "trim_changes|snagr_definer",
                        "unlocked_listing_id|snagr_definer");
        assertThat(sql.list("""
                select p.proname
                from pg_proc p
                where p.pronamespace = 'snagr'::regnamespace and not ('search_path=""' = any (coalesce(p.proconfig, '{}')))
                """)).isEmpty();
    }

    @Test
    void functions_always_areExecutableByTheNamedRoleOnly() throws SQLException {
        assertThat(sql.list("""
                select p.proname, a.grantee::regrole
                from pg_proc p
                cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                where p.pronamespace = 'snagr'::regnamespace and a.grantee <> p.proowner
                order by 1
                """))
                .containsExactlyInAnyOrder(
                        "audit_events_about|snagr_user",
                        "audit_notes|snagr_worker",
                        "audit_oldest_unsealed|snagr_worker",
                        "audit_seal_begin|snagr_worker",
                        "audit_seal_put|snagr_worker",
                        "audit_seal_take|snagr_worker",
                        "begin_change_epoch|snagr_feed",
                        "begin_change_epoch|snagr_user",
                        "purge_changes|snagr_worker",
                        "login_lookup|snagr_auth",
                        "search_matches|snagr_user",
                        "search_searches|snagr_user",
                        "start_due|snagr_worker",
                        "unlocked_listing_id|snagr_user");
    }

    @Test
    void functions_thatTheDefinerWillCreate_areNotForPublic() throws SQLException {
        assertThat(sql.list("""
                select a.grantee::regrole
                from pg_default_acl d
                cross join lateral aclexplode(d.defaclacl) a
                where d.defaclrole = 'snagr_definer'::regrole and d.defaclobjtype = 'f' and d.defaclnamespace = 0
                """)).containsExactly("snagr_definer");
    }

    @Test
    void privileges_onAnything_areHeldByOurRolesOnly() throws SQLException {
        assertThat(sql.list("""
                with entry as (
                  select c.relname::text as object, (aclexplode(c.relacl)).grantee, c.relowner as owner
                  from pg_class c where c.relnamespace = 'snagr'::regnamespace
                  union all
                  select c.relname, (aclexplode(a.attacl)).grantee, c.relowner
                  from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'snagr'::regnamespace
                  union all
                  select n.nspname, (aclexplode(n.nspacl)).grantee, n.nspowner from pg_namespace n where n.nspname = 'snagr')
                select distinct case when grantee = 0 then 'public' else grantee::regrole::text end
                from entry
                where grantee <> owner
                order by 1
                """))
                .containsExactly(
                        "snagr_admin",
                        "snagr_auditor",
                        "snagr_auth",
                        "snagr_bulk",
                        "snagr_definer",
                        "snagr_feed",
                        "snagr_matcher",
                        "snagr_notifier",
                        "snagr_payments",
                        "snagr_user",
                        "snagr_worker");
        assertThat(sql.list(
                        "select nspacl::text from pg_namespace where nspname = 'snagr' and nspacl::text like '%=UC/%'"))
                .as("nobody but the owner may create in the schema")
                .allSatisfy(acl -> assertThat(acl.split("=UC/", -1)).hasSize(2));
    }

    @Test
    void columns_always_haveTypesThatAnIndexMayServeBehindAPolicy() throws SQLException {
        assertThat(sql.list("""
                select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
                from pg_attribute a
                join pg_class c on c.oid = a.attrelid
                join pg_type t on t.oid = a.atttypid
                where c.relnamespace = 'snagr'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_history'
                  and a.attnum > 0 and not a.attisdropped
                  and not case
                    when a.attname = 'id' or (a.attname like '%\\_id' and a.attname not in ('external_listing_id',
                        'stripe_payment_id', 'stripe_event_id', 'key_id')) then t.typname = 'uuid'
                    when a.attname like '%\\_at' then t.typname = 'timestamptz'
                    when a.attname = 'xid' then t.typname = 'xid8'
                    when a.attname like '%\\_minor' then t.typname = 'int8'
                    else t.typname in
                      ('text', 'bool', 'int4', 'int8', 'float8', 'bytea', 'jsonb', 'tsvector', 'uuid', '_uuid', 'xid8')
                  end
                """)).isEmpty();
        assertThat(
                        sql.list(
                                "select typname from pg_type where typnamespace = 'snagr'::regnamespace and typtype in ('e', 'd')"))
                .isEmpty();
    }

    @Test
    void columns_thatAreComparedByBytes_haveTheCollationC() throws SQLException {
        assertThat(sql.list("""
                select c.relname, a.attname
                from pg_attribute a
                join pg_class c on c.oid = a.attrelid
                where c.relnamespace = 'snagr'::regnamespace and c.relkind = 'r' and a.attcollation <> '"C"'::regcollation
                  and a.attname in ('email_key', 'external_listing_id', 'stripe_payment_id', 'currency')
                """)).isEmpty();
    }

    @Test
    void indexes_always_differ() throws SQLException {
        assertThat(sql.list("""
                select min(x.indexrelid::regclass::text), max(x.indexrelid::regclass::text)
                from pg_index x
                join pg_class c on c.oid = x.indrelid
                where c.relnamespace = 'snagr'::regnamespace
                group by x.indrelid, x.indkey::text, x.indclass::text, x.indoption::text, x.indexprs::text, x.indpred::text
                having count(*) > 1
                """)).isEmpty();
        assertThat(sql.list("""
                select c.relname
                from pg_class c
                where c.relnamespace = 'snagr'::regnamespace and c.relkind = 'r'
                  and not exists (select from pg_index x where x.indrelid = c.oid and x.indisprimary)
                """)).as("tables without a primary key").isEmpty();
    }

    @Test
    void sealedColumns_always_areStoredAsTheyAre() throws SQLException {
        assertThat(sql.list("""
                select c.relname, a.attname, a.attstorage
                from pg_attribute a
                join pg_class c on c.oid = a.attrelid
                where c.relnamespace = 'snagr'::regnamespace and c.relkind = 'r'
                  and a.attname in ('seller_info', 'listing_url', 'phone_number')
                order by 1, 2
                """))
                .containsExactly(
                        "matches|listing_url|e",
                        "matches|seller_info|e",
                        "staging_matches|listing_url|e",
                        "staging_matches|seller_info|e",
                        "user_preferences|phone_number|e");
    }

    @Test
    void database_outsideTheSchema_holdsNothingOfOurs() throws SQLException {
        List<String> others = sql.list("""
                select c.relname from pg_class c
                where c.relnamespace not in (select oid from pg_namespace where nspname ~ '^pg_' or nspname = 'information_schema'
                  or nspname = 'snagr')
                union all
                select p.proname from pg_proc p
                where p.pronamespace not in (select oid from pg_namespace where nspname ~ '^pg_' or nspname = 'information_schema'
                  or nspname = 'snagr')
                union all
                select extname from pg_extension where extname <> 'plpgsql'
                """);
        assertThat(others).isEmpty();
    }

    @Test
    void viewsAndSequences_always_areAbsentButTheOrderOfChanges() throws SQLException {
        assertThat(sql.list("""
                select relname from pg_class
                where relnamespace = 'snagr'::regnamespace and relkind not in ('r', 'i', 't')
                """)).containsExactly("change_outbox_number_seq");
    }

    /** What breaks each rule, planted into the schema and taken out again. */
    private static Stream<Violation> violations() {
        String table = "create table snagr.planted (id uuid primary key)";
        String function = "create function snagr.planted() returns int language sql as 'select 1'";
        String uniqueId = "create unique index for_planted on snagr.searches (id)";
        String foreignKey =
                "alter table snagr.jobs add constraint planted foreign key (search_id) references snagr.searches (id)";
        return Stream.of(
                new Violation("tables_withRowsOfUsers_haveUserIdNotNull", "planted", table),
                new Violation(
                        "tables_withRowsOfUsers_haveUserIdNotNull",
                        "planted",
                        "create table snagr.planted (user_id uuid)"),
                new Violation("keys_ofTablesOfUsers_containUserId", "snagr.planted_pkey", table),
                new Violation("foreignKeys_always_linkUserIdToUserId", "planted", uniqueId, foreignKey),
                new Violation("foreignKeys_butOne_haveAnIndexThatServesThem", "planted", uniqueId, foreignKey),
                new Violation(
                        "rowSecurity_onEveryTable_isEnabledAndForced",
                        "searches|f|t",
                        "alter table snagr.searches disable row level security"),
                new Violation(
                        "rowSecurity_onEveryTable_isEnabledAndForced",
                        "searches|t|f",
                        "alter table snagr.searches no force row level security"),
                new Violation(
                        "policies_ofOneRoleTableAndCommand_areOne",
                        "searches|snagr_user|SELECT|2",
                        "create policy planted on snagr.searches for select to snagr_user using (false)"),
                new Violation(
                        "policies_ofOneRoleTableAndCommand_areOne",
                        "searches|planted",
                        "create policy planted on snagr.searches as restrictive for delete to snagr_auditor using (false)"),
                new Violation(
                        "policies_ofOneRoleTableAndCommand_areOne",
                        "searches|planted",
                        "create policy planted on snagr.searches for delete using (false)"),
                new Violation(
                        "policies_andPrivileges_standForEachOther",
                        "searches|snagr_auditor|DELETE",
                        "grant delete on snagr.searches to snagr_auditor"),
                new Violation(
                        "policies_andPrivileges_standForEachOther",
                        "searches|snagr_auditor|UPDATE",
                        "grant update (query_text) on snagr.searches to snagr_auditor"),
                new Violation(
                        "policies_andPrivileges_standForEachOther",
                        "searches|snagr_auditor|DELETE",
                        "create policy planted on snagr.searches for delete to snagr_auditor using (false)"),
                new Violation(
                        "policies_ofOwnRows_areFromTheTemplate",
                        "query_text = 'x'",
                        "create policy planted on snagr.searches for delete to snagr_auditor using (query_text = 'x')"),
                new Violation(
                        "policies_ofOwnRows_areFromTheTemplate",
                        "searches|planted",
                        "create policy planted on snagr.searches for update to snagr_auditor using (true) with check ("
                                + OWN + ")"),
                new Violation(
                        "policies_ofTheAdmin_allAskForHisProof",
                        "true",
                        "create policy planted on snagr.searches for delete to snagr_admin using (true)"),
                new Violation(
                        "policies_thatShowEveryRow_areThese",
                        "searches planted",
                        "create policy planted on snagr.searches for select to snagr_auditor using (true)"),
                new Violation(
                        "policies_thatShowEveryRow_areThese",
                        "searches planted",
                        "create policy planted on snagr.searches for insert to snagr_auditor with check (true)"),
                new Violation("policies_ofTheOwner_areOnEveryTable", "searches", "drop policy owner on snagr.searches"),
                new Violation(
                        "functions_thatReadPastPolicies_areTheDefinersWithAnEmptySearchPath",
                        "planted|",
                        function + " security definer set search_path = ''"),
                new Violation(
                        "functions_thatReadPastPolicies_areTheDefinersWithAnEmptySearchPath", "planted", function),
                new Violation("functions_always_areExecutableByTheNamedRoleOnly", "planted|-", function),
                new Violation(
                        "functions_thatTheDefinerWillCreate_areNotForPublic",
                        "could not find",
                        "alter default privileges for role snagr_definer grant execute on functions to public"),
                new Violation(
                        "privileges_onAnything_areHeldByOurRolesOnly",
                        "pg_monitor",
                        "grant select on snagr.searches to pg_monitor"),
                new Violation(
                        "privileges_onAnything_areHeldByOurRolesOnly",
                        "pg_monitor",
                        "grant select (id) on snagr.searches to pg_monitor"),
                new Violation(
                        "privileges_onAnything_areHeldByOurRolesOnly",
                        "public",
                        "grant usage on schema snagr to public"),
                new Violation(
                        "privileges_onAnything_areHeldByOurRolesOnly",
                        "nobody but the owner may create",
                        "grant create on schema snagr to snagr_user"),
                new Violation(
                        "columns_always_haveTypesThatAnIndexMayServeBehindAPolicy",
                        "searches|planted|numeric",
                        "alter table snagr.searches add column planted numeric"),
                new Violation(
                        "columns_always_haveTypesThatAnIndexMayServeBehindAPolicy",
                        "searches|planted_at|timestamp without time zone",
                        "alter table snagr.searches add column planted_at timestamp"),
                new Violation(
                        "columns_always_haveTypesThatAnIndexMayServeBehindAPolicy",
                        "planted",
                        "create type snagr.planted as enum ('a')"),
                new Violation(
                        "columns_thatAreComparedByBytes_haveTheCollationC",
                        "planted|email_key",
                        "create table snagr.planted (email_key text)"),
                new Violation(
                        "indexes_always_differ",
                        "snagr.planted",
                        "create index planted on snagr.searches (user_id, id)"),
                new Violation("indexes_always_differ", "planted", "create table snagr.planted (user_id uuid not null)"),
                new Violation(
                        "sealedColumns_always_areStoredAsTheyAre",
                        "matches|seller_info|x",
                        "alter table snagr.matches alter column seller_info set storage extended"),
                new Violation(
                        "database_outsideTheSchema_holdsNothingOfOurs",
                        "planted",
                        "create table public.planted (id int)"),
                new Violation(
                        "database_outsideTheSchema_holdsNothingOfOurs",
                        "planted",
                        function.replace("snagr.", "public.")),
                new Violation(
                        "viewsAndSequences_always_areAbsentButTheOrderOfChanges",
                        "planted",
                        "create view snagr.planted as select 1"));
    }

    @ParameterizedTest
    @MethodSource("violations")
    void rule_whoseViolationIsPlanted_findsIt(Violation violation) throws Exception {
        Method rule = SchemaRulesIT.class.getDeclaredMethod(violation.rule);
        Connection connection = sql.connection();
        connection.setAutoCommit(false);
        try {
            for (String statement : violation.planted) {
                sql.run(statement);
            }
            assertThatThrownBy(() -> rule.invoke(this))
                    .cause()
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining(violation.finding);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    @Test
    void rules_always_haveAPlantedViolation() {
        Set<String> planted = violations().map(Violation::rule).collect(Collectors.toSet());

        assertThat(SchemaRulesIT.class.getDeclaredMethods())
                .filteredOn(method -> method.isAnnotationPresent(Test.class))
                .extracting(Method::getName)
                .as("what shows in violations() that the rule can fail")
                .filteredOn(name -> !name.equals("rules_always_haveAPlantedViolation"))
                .containsExactlyInAnyOrderElementsOf(planted);
    }

    /**
     * @param rule the test's name
     * @param finding what its failure says
     * @param planted the statements that break the rule
     */
    record Violation(String rule, String finding, List<String> planted) {
        Violation(String rule, String finding, String... planted) {
            this(rule, finding, List.of(planted));
        }
    }
}

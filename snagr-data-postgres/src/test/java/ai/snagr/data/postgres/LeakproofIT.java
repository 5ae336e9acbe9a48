package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.postgres.PlanTap.Parsed;
import ai.snagr.data.postgres.PredicateLint.Condition;
import ai.snagr.data.postgres.PredicateLint.Effect;
import ai.snagr.data.postgres.QueryPlanIT.Sent;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No condition of the library loses its index under row-level security: those that it sends, those of its policies, and those
 * of its functions, which read past the policies and name the user themselves. And that the lint which says so says what
 * PostgreSQL does, on a table with every trap.
 */
final class LeakproofIT {
    private static final Pattern NAMED = Pattern.compile("(?<!:):([a-zA-Z]\\w*)|\\?");

    /** They are for everybody's rows, or for nobody's; who may execute each, see SchemaRulesIT. */
    private static final Set<String> FUNCTIONS_FOR_ALL = Set.of(
            "snagr.login_lookup(text)",
            "snagr.start_due(integer,uuid[])",
            "snagr.begin_change_epoch()",
            "snagr.audit_seal_begin()",
            "snagr.audit_seal_take(integer)",
            "snagr.audit_seal_put(bigint,bigint,bytea,text)",
            "snagr.audit_notes(bigint)",
            "snagr.audit_oldest_unsealed()",
            "snagr.audit_events_about(bytea,uuid,integer)",
            "snagr.purge_changes(bigint,integer)");

    /** The variables of the functions; the user comes first. */
    private static final List<String> VARIABLES = List.of(
            "v_user uuid",
            "v_query tsquery",
            "v_last xid8",
            "v_himself text",
            "v_watermark xid8",
            "v_from xid8",
            "v_size bigint",
            "v_next bigint",
            "v_taken bigint");

    private static TestDatabase database;
    private static Connection superuser;
    private static PredicateLint lint;
    private static Sent sent;

    @BeforeAll
    static void prepare() throws Exception {
        database = TestDatabase.create();
        CrowdedStore.fill(database);
        sent = QueryPlanIT.everythingSentTo(database);
        superuser = database.adminConnection();
        superuser.setAutoCommit(false);
        try (Statement statement = superuser.createStatement()) {
            statement.execute("create type mood as enum ('glad', 'sad')");
            statement.execute("""
                    create table trap (
                      owner uuid not null, id bigint, other uuid, title text, at timestamptz, amount numeric,
                      code text collate "C", words tsvector, tags text[], doc jsonb, mood mood, plain text)""");
            for (String index : List.of(
                    "(id)",
                    "(other)",
                    "(lower(title))",
                    "(at, id)",
                    "(amount)",
                    "(code)",
                    "using gin (words)",
                    "using gin (tags)",
                    "using gin (doc)",
                    "(mood)")) {
                statement.execute("create index on trap " + index);
            }
            statement.execute("create role trap_user");
            statement.execute("create role trap_definer");
            statement.execute("grant select on trap to trap_user, trap_definer");
            statement.execute("alter table trap enable row level security");
            statement.execute(
                    "create policy own on trap to trap_user using (owner = (select current_setting('x.y')::uuid))");
            statement.execute("create policy every on trap to trap_definer using (true)");
        }
        lint = new PredicateLint(superuser);
    }

    @AfterAll
    static void drop() throws SQLException {
        superuser.rollback();
        superuser.close();
        database.close();
    }

    @Test
    void statements_thatAreSent_loseNoIndex() throws SQLException {
        List<String> findings = new ArrayList<>();
        long indexed = 0;
        for (Map.Entry<Parsed, String> entry : sent.statements().entrySet()) {
            Parsed parsed = entry.getKey();
            if (!StatementTexts.isStatement(parsed.sql())) {
                continue; // the transaction's begin and end
            }
            assertThat(parsed.types()).as(parsed.sql()).doesNotContain(0);
            List<Condition> found = lint.statement(parsed.sql(), lint.types(parsed.types()));
            report(entry.getValue(), found, findings);
            indexed +=
                    found.stream().filter(one -> one.effect() == Effect.INDEXED).count();
        }
        assertThat(findings).isEmpty();
        assertThat(indexed).as("conditions that an index serves").isGreaterThan(200);
    }

    @Test
    void statements_ofTheStore_areAllSent() throws Exception {
        Set<String> seen = sent.statements().keySet().stream()
                .map(parsed -> shape(parsed.sql()))
                .collect(Collectors.toSet());
        Map<String, String> written = StatementTexts.of("store");
        written.putAll(StatementTexts.of("audit"));

        assertThat(written).hasSizeGreaterThan(60);
        // Some are written in two parts, and sent with the second.
        written.keySet().removeIf(sql -> seen.stream().anyMatch(text -> text.startsWith(shape(sql))));
        assertThat(written)
                .as("statements that no call of QueryPlanIT sends, with the field they stand in")
                .isEmpty();
    }

    @Test
    void statements_ofTheOtherRooms_loseNoIndex() throws Exception {
        List<String> findings = new ArrayList<>();
        for (String room : StatementTexts.rooms()) {
            // what migrates and checks at the start is the owner's, who sees all
            if (!room.equals("schema") && !room.equals("store")) {
                for (Map.Entry<String, String> entry : StatementTexts.of(room).entrySet()) {
                    String sql = numbered(entry.getKey());
                    report(entry.getValue(), lint.statement(sql, lint.inferredTypes(sql)), findings);
                }
            }
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void policies_always_loseNoIndex() throws SQLException {
        List<String> findings = new ArrayList<>();
        Map<String, List<Condition>> policies = lint.policies();
        policies.forEach((policy, found) -> report(policy, found, findings));

        assertThat(findings).isEmpty();
        assertThat(policies.get("snagr.matches snagr_user_select"))
                .singleElement()
                .satisfies(own -> assertThat(own.effect()).isEqualTo(Effect.INDEXED));
    }

    @Test
    void functions_thatReadPastPolicies_nameTheUserOfEveryRow() throws SQLException {
        // Triggers read the rows of the statement alone. trim_changes is theirs: it locks the one row of the epoch, and
        // does
        // what purge_changes does.
        Sql sql = new Sql(superuser);
        List<String> functions = sql.list("""
                select oid::regprocedure from pg_proc
                where pronamespace = 'snagr'::regnamespace and prosecdef
                  and prorettype <> 'trigger'::regtype and proname <> 'trim_changes'
                order by 1""");
        assertThat(functions).hasSizeGreaterThan(4);
        for (String function : functions) {
            List<String> bodies = bodies(sql, function);
            assertThat(bodies)
                    .as("statements of " + function + ", of which a call must be sent")
                    .isNotEmpty();
            for (String body : bodies) {
                Object tree = lint.treeOf(body, variables(sql, function));
                for (long relation : lint.relations(tree)) {
                    assertThat(sql.list("""
                            select p.polname from pg_policy p join pg_proc f on f.oid = ?::regprocedure
                            where p.polrelid = ? and f.proowner = any (p.polroles) and pg_get_expr(p.polqual, p.polrelid) <> 'true'
                            """, function, relation))
                            .as("policies that would cost " + function + " the index of " + lint.name(relation))
                            .isEmpty();
                }
                if (!FUNCTIONS_FOR_ALL.contains(function)) {
                    assertThat(lint.ofNobody(tree, 1)).as(function).isEmpty();
                    assertThat(sql.one("select prosrc from pg_proc where oid = ?::regprocedure", function))
                            .contains("v_user constant uuid := snagr.current_user_id();");
                }
            }
        }
    }

    @Test
    void triggers_thatWritePastPolicies_readNoTable() throws SQLException {
        Sql sql = new Sql(superuser);
        List<String> triggers = sql.list("""
                select p.proname, p.proconfig
                from pg_proc p
                where p.pronamespace = 'snagr'::regnamespace and p.prosecdef and p.prorettype = 'trigger'::regtype""");

        assertThat(triggers).hasSizeGreaterThan(6);
        for (String trigger : triggers) {
            String[] part = trigger.split("\\|", 2);
            // So each table is named with its schema; the rows of the statement have none.
            assertThat(part[1]).as(part[0]).isEqualTo("{\"search_path=\\\"\\\"\"}");
            assertThat(sql.one("select prosrc from pg_proc where proname = ?", part[0])
                            .replace("insert into snagr.change_outbox (", "")
                            .replace("perform snagr.trim_changes(", ""))
                    .as(part[0])
                    .doesNotContain("snagr.");
        }
    }

    @Test
    void ofNobody_forRowsWithoutAUser_namesTheirTable() throws SQLException {
        Map<String, String> user = Map.of("v_user", "uuid");

        assertThat(lint.ofNobody(lint.treeOf("select from snagr.matches where id = v_user", user), 1))
                .containsExactly("snagr.matches");
        assertThat(lint.ofNobody(lint.treeOf("""
                        select from snagr.unlocks u join snagr.matches m on m.id = u.match_id where u.user_id = v_user
                        """, user), 1)).containsExactly("snagr.matches");
        assertThat(lint.ofNobody(lint.treeOf("""
                        select from snagr.matches where user_id = v_user or search_id = v_user
                        """, user), 1)).containsExactly("snagr.matches");
        assertThat(lint.ofNobody(lint.treeOf("""
                        select from snagr.unlocks u join snagr.matches m on (m.user_id, m.id) = (u.user_id, u.match_id)
                        where v_user = u.user_id
                        """, user), 1)).isEmpty();
    }

    private static void report(String where, List<Condition> found, List<String> findings) {
        found.stream()
                .filter(condition -> condition.effect() == Effect.DEMOTED)
                .forEach(condition -> findings.add(where + ": " + condition.remedy()));
    }

    /** The statements in that function: as the catalog has them, or as they were run, with the names of its variables. */
    private static List<String> bodies(Sql sql, String function) throws SQLException {
        if (sql.one("""
                select l.lanname from pg_proc p join pg_language l on l.oid = p.prolang where p.oid = ?::regprocedure
                """, function).equals("sql")) {
            // It calls its parameters by its own name.
            return List.of(sql.one(
                    "select replace(prosrc, proname || '.', 'to_lint.') from pg_proc where oid = ?::regprocedure",
                    function));
        }
        return sent.nested().stream()
                .filter(plan -> plan.context().contains("PL/pgSQL function " + function + " "))
                // what a trigger does meanwhile
                .filter(plan -> !plan.context().contains("PL/pgSQL function snagr.tell_change_of_"))
                .map(plan -> plan.sql().strip())
                // what a foreign key checks meanwhile, as the owner of its table
                .filter(text -> !text.startsWith("SELECT 1 FROM ONLY "))
                .map(text -> StatementTexts.isStatement(text) ? text : "select " + text)
                .distinct()
                .toList();
    }

    private static Map<String, String> variables(Sql sql, String function) throws SQLException {
        Map<String, String> variables = new LinkedHashMap<>();
        List<String> parameters = sql.list("""
                select u.name || ' ' || format_type(u.type, null)
                from pg_proc p, unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) as u (name, type)
                where p.oid = ?::regprocedure
                """, function);
        Stream.concat(VARIABLES.stream(), parameters.stream())
                .map(variable -> variable.split(" ", 2))
                .forEach(variable -> variables.put(variable[0], variable[1]));
        return variables;
    }

    /** What is the same of a statement as it is written and as it is sent. */
    private static String shape(String sql) {
        return NAMED.matcher(sql)
                .replaceAll("?")
                .replaceAll("\\$\\d+", "?")
                .replaceAll("limit \\d+", "limit ?")
                .replaceAll("\\s+", " ")
                .strip();
    }

    /** With numbered parameters instead of named ones. */
    private static String numbered(String sql) {
        List<String> names = new ArrayList<>();
        return NAMED.matcher(sql).replaceAll(match -> {
            String name = match.group(1);
            if (name == null || !names.contains(name)) {
                names.add(name == null ? "" : name);
            }
            return "\\$" + (name == null ? names.size() : names.indexOf(name) + 1);
        });
    }

    @ParameterizedTest(name = "{0} [{1}]: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            lower(title) = $1          | text                     | DEMOTED
            $1 = lower(title)          | text                     | DEMOTED
            at = $1                    | timestamp                | DEMOTED
            at > $1                    | date                     | DEMOTED
            at = $1                    | timestamptz              | INDEXED
            at >= $1                   | timestamptz              | INDEXED
            $1 > at                    | timestamptz              | INDEXED
            (at, id) < ($1, $2)        | timestamptz,bigint       | INDEXED
            (at, id) < ($1, $2)        | timestamp,bigint         | DEMOTED
            amount = $1                | numeric                  | DEMOTED
            amount = any($1)           | numeric[]                | DEMOTED
            code like 'abc%'           |                          | DEMOTED
            code like $1               | text                     | DEMOTED
            code ~ '^abc'              |                          | DEMOTED
            code ^@ 'abc'              |                          | INDEXED
            starts_with(code, 'abc')   |                          | INDEXED
            code >= $1 and code < $2   | text,text                | INDEXED
            code = $1                  | text                     | INDEXED
            words @@ $1                | tsquery                  | DEMOTED
            words @@ plainto_tsquery($1) | text                   | DEMOTED
            tags @> $1                 | text[]                   | DEMOTED
            doc @> $1                  | jsonb                    | DEMOTED
            mood = $1                  | mood                     | DEMOTED
            id = $1                    | bigint                   | INDEXED
            id = $1                    | integer                  | INDEXED
            id between $1 and $2       | bigint,bigint            | INDEXED
            id = any($1)               | bigint[]                 | INDEXED
            other = $1                 | uuid                     | INDEXED
            other = $1 or amount = $2  | uuid,numeric             | DEMOTED
            other = $1 or id = $2      | uuid,bigint              | INDEXED
            not (at < $1)              | timestamptz              | INDEXED
            not (at < $1)              | timestamp                | DEMOTED
            plain = 'x' or amount = $1 | numeric                  | FILTER
            not (amount = $1)          | numeric                  | FILTER
            plain ilike '%abc%'        |                          | FILTER
            plain = $1                 | text                     | FILTER
            plain like 'abc%'          |                          | FILTER
            lower(plain) = $1          | text                     | FILTER
            upper(title) = $1          | text                     | FILTER
            length(code) > $1          | integer                  | FILTER
            amount + 1 = $1            | numeric                  | FILTER
            amount <> $1               | numeric                  | FILTER
            $1 = any(tags)             | text                     | FILTER
            at = at + $1               | interval                 | FILTER
            tags = tags                |                          | FILTER
            """)
    void condition_onATableWithEveryTrap_isClassifiedAsThePlannerTreatsIt(
            String condition, String types, Effect expected) throws SQLException {
        String sql = "select from trap where " + condition;

        List<Condition> found = lint.statement(sql, types(types));

        assertThat(found).isNotEmpty();
        assertThat(worst(found)).as(found.toString()).isEqualTo(expected);
        // An unknown pattern has no beginning that the planner could see.
        boolean wide = expected != Effect.FILTER && !condition.equals("code like $1");
        assertThat(indexServes("trap_definer", sql, types)).isEqualTo(wide);
        assertThat(indexServes("trap_user", sql, types)).isEqualTo(expected == Effect.INDEXED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select from (select id, amount as cost from trap) t where t.cost = $1",
                "with t as (select amount from trap) select from t where amount = $1",
                "select from trap a join trap b on b.amount = a.amount where a.id = $1::bigint",
                "select from trap a left join trap b using (amount) where a.id = $1::bigint",
                "select (select count(*) from trap where amount = $1)",
                "select from trap t where exists (select from trap where amount = t.id + $1)",
                "update trap set id = 1 where amount = $1",
                "delete from trap where amount = $1",
                "with gone as (delete from trap where amount = $1 returning id) select from gone",
                "insert into trap (owner) select owner from trap where amount = $1 on conflict do nothing",
                "merge into trap t using (select 1) s on t.amount = $1 when matched then do nothing",
                "select id from trap where id = 1 union all select id from trap where amount = $1"
            })
    void condition_anywhereInAStatement_isFound(String sql) throws SQLException {
        assertThat(lint.statement(sql, List.of("numeric"))).anySatisfy(condition -> {
            assertThat(condition.effect()).isEqualTo(Effect.DEMOTED);
            assertThat(condition.column()).isEqualTo("amount");
            assertThat(condition.remedy()).contains("trap_amount_idx", "numeric_eq(numeric,numeric)");
        });
    }

    @Test
    void condition_thatCannotReachTheTable_isNotAboutIt() throws SQLException {
        assertThat(lint.statement(
                        "with t as materialized (select amount from trap) select from t where amount = $1",
                        List.of("numeric")))
                .isEmpty();
        assertThat(lint.statement(
                        "select from (select amount from trap order by id limit 1) t where amount = $1",
                        List.of("numeric")))
                .isEmpty();
        assertThat(lint.statement("select sum(amount) from trap having sum(amount) = $1", List.of("numeric")))
                .isEmpty();
    }

    @Test
    void condition_onTrigrams_isDemoted() throws SQLException {
        Savepoint before = superuser.setSavepoint();
        try (Statement statement = superuser.createStatement()) {
            statement.execute("create extension pg_trgm");
            statement.execute("create index on trap using gin (plain gin_trgm_ops)");
            String sql = "select from trap where plain ilike '%abc%'";

            List<Condition> found = new PredicateLint(superuser).statement(sql, List.of());

            assertThat(worst(found)).isEqualTo(Effect.DEMOTED);
            assertThat(indexServes("trap_definer", sql, null)).isTrue();
            assertThat(indexServes("trap_user", sql, null)).isFalse();
        } finally {
            superuser.rollback(before);
        }
    }

    /** Whether the planner finds an index for it, as that role, when it may not read the table as a whole. */
    private static boolean indexServes(String role, String sql, @Nullable String types) throws SQLException {
        Savepoint before = superuser.setSavepoint();
        try (Statement statement = superuser.createStatement()) {
            statement.execute("set local enable_seqscan = off");
            statement.execute("set local plan_cache_mode = force_generic_plan");
            statement.execute("set local role " + role);
            statement.execute("prepare of_trap " + (types == null ? "" : "(" + types + ")") + " as " + sql);
            String values = types(types).stream().map(type -> "null").collect(Collectors.joining(", "));
            StringBuilder plan = new StringBuilder();
            try (ResultSet rows =
                    statement.executeQuery("explain execute of_trap" + (types == null ? "" : "(" + values + ")"))) {
                while (rows.next()) {
                    plan.append(rows.getString(1)).append('\n');
                }
            }
            statement.execute("deallocate of_trap");
            return plan.toString().contains("Index Cond");
        } finally {
            superuser.rollback(before);
        }
    }

    private static Effect worst(List<Condition> found) {
        List<Effect> effects = found.stream().map(Condition::effect).toList();
        return effects.contains(Effect.DEMOTED)
                ? Effect.DEMOTED
                : effects.contains(Effect.INDEXED) ? Effect.INDEXED : Effect.FILTER;
    }

    private static List<String> types(@Nullable String types) {
        return types == null
                ? List.of()
                : Arrays.stream(types.split(",", -1)).map(String::strip).toList();
    }
}

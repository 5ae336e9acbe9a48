package ai.snagr.data.postgres.internal.schema;

import static ai.snagr.data.postgres.internal.schema.PreparedDatabase.newId;

import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What each role can do with each table and function of the schema, found by doing it: every operation, column by column, on
 * a row of the user for whom the role acts and on a row of somebody else. Nothing of it is read from the catalog but the
 * names, and all of it is rolled back.
 */
final class AccessMatrix {
    static final List<String> OPERATIONS = List.of("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE");
    static final String EXECUTE = "EXECUTE";
    static final String REFUSED = "–";
    private static final String PUBLIC = "PUBLIC";
    private static final String EXPIRED_ADMIN = "snagr_admin, expired";
    private static final String DENIED = "42501";

    /** What is found wrong with a row only after the role was allowed to reach it: constraints and triggers. */
    private static final Set<String> REACHED =
            Set.of("23502", "23503", "23505", "23514", "23001", "55000", "0A000", "22004", "22023", "2D000", "P0001");

    private final PreparedDatabase database;
    private final Sql admin;
    private final UUID user;
    private final Map<Cell, String> cells = new LinkedHashMap<>();

    private AccessMatrix(PreparedDatabase database, UUID user) {
        this.database = database;
        this.admin = database.admin();
        this.user = user;
    }

    /** What can be done where.
     *
     * @param object a table, or a function with its types
     */
    record Cell(String object, String role, String operation) {}

    /** Everything that every role was tried with, in the order of the catalog. The database must hold no other user. */
    static Map<Cell, String> of(PreparedDatabase database) throws SQLException {
        UUID user = newId();
        AccessMatrix matrix = new AccessMatrix(database, user);
        matrix.admin.connection().setAutoCommit(false);
        try {
            matrix.arrange();
            matrix.drive();
        } finally {
            matrix.admin.rollback();
        }
        return matrix.cells;
    }

    /** One row in every table, of one user. */
    private void arrange() throws SQLException {
        admin.run("create role matrix_public nologin noinherit");
        admin.run("insert into snagr.users (id, email, email_key) values (?, 'a@b.example', 'a@b.example')", user);
        UUID search = database.search(user, "x");
        database.savedSearch(user, search, "daily", "1 hour");
        UUID match = database.match(user, search, database.job(user, search), "x");
        UUID payment = database.payment(user, match);
        admin.run("update snagr.payments set status = 'pending', completed_at = null");
        database.unlock(user, match, payment);
        for (String table : tables()) {
            if (admin.one("select count(*) from snagr." + table).equals("0")) {
                admin.run(firstRow(table));
            }
        }
    }

    /** A row made up from the types of the columns that need a value; what the rules of a table forbid is put right here. */
    private String firstRow(String table) throws SQLException {
        Map<String, String> values = new LinkedHashMap<>();
        for (String column : admin.list("""
                select attname, format_type(atttypid, null)
                from pg_attribute
                where attrelid = ?::regclass and attnum > 0 and not attisdropped and attnotnull and not atthasdef
                  and attidentity = ''
                order by attnum
                """, "snagr." + table)) {
            String[] part = column.split("\\|", 2);
            values.put(part[0], valueOf(table + "." + part[0], part[1]));
        }
        return "insert into snagr.%s (%s) values (%s)"
                .formatted(table, String.join(", ", values.keySet()), String.join(", ", values.values()));
    }

    private String valueOf(String column, String type) {
        return switch (column) {
            case "notifications.search_id" -> "(select id from snagr.searches)";
            case "notifications.channel" -> "'email'";
            case "audit_events.action" -> "'reveal'";
            case "audit_leaves.leaf_hash" -> "decode(repeat('00', 32), 'hex')";
            case "batch_keys.search_id" -> "(select search_id from snagr.jobs where user_id = '" + user + "' limit 1)";
            case "batch_keys.job_id" -> "(select id from snagr.jobs where user_id = '" + user + "' limit 1)";
            case "batch_keys.sealed" -> "decode('fe01' || repeat('00', 1174), 'hex')";
            case "lock_keys.public_key" -> "decode(repeat('00', 1216), 'hex')";
            case "system_settings.name" -> "'a.b'";
            case "change_outbox.kind" -> "'users'";
            default ->
                switch (type) {
                    case "uuid" -> column.endsWith(".user_id") ? "'" + user + "'" : "'" + newId() + "'";
                    case "text" -> "'x'";
                    case "bytea" -> "decode('fe01' || repeat('00', 606), 'hex')";
                    case "jsonb" -> "'{}'";
                    case "boolean" -> "true";
                    case "xid8" -> "'1'";
                    case "timestamp with time zone" -> "now()";
                    default -> "1";
                };
        };
    }

    private void drive() throws SQLException {
        List<String> roles = new ArrayList<>(
                admin.list(
                        "select rolname from pg_roles where rolname like 'snagr\\_%' and rolname <> 'snagr_test_owner' order by 1"));
        roles.add(roles.indexOf("snagr_admin") + 1, EXPIRED_ADMIN);
        roles.addAll(admin.list("select rolname from pg_roles where rolname in ('anon', 'authenticated') order by 1"));
        roles.add(PUBLIC);
        List<String> functions = functions();
        List<String> tables = tables();
        simple("savepoint before");
        for (String table : tables) {
            simple("rollback to savepoint before");
            List<Column> columns = columns(table);
            for (String role : roles) {
                Tries own = new Tries(table, columns, role, user);
                Tries foreign = new Tries(table, columns, role, newId());
                for (String operation : OPERATIONS) {
                    cells.put(
                            new Cell(table, role, operation),
                            both(own.run(operation), foreign.run(operation), columns));
                }
            }
        }
        for (String function : functions) {
            String[] part = function.split("\\|", 4);
            for (String role : roles) {
                Outcome outcome = execute(part, role);
                cells.put(
                        new Cell(part[0].replace("snagr.", ""), role, EXECUTE),
                        outcome == Outcome.REFUSED ? REFUSED : "yes");
            }
        }
    }

    private List<String> functions() throws SQLException {
        return admin.list("""
                select p.oid::regprocedure::text, p.prokind,
                  (select count(*) from unnest(p.proargtypes)),
                  (select string_agg('null::' || format_type(t, null) || ' as a' || n, ', ' order by n)
                   from unnest(p.proargtypes) with ordinality a (t, n))
                from pg_proc p
                where p.pronamespace = 'snagr'::regnamespace
                order by 1
                """);
    }

    private Outcome execute(String[] function, String role) throws SQLException {
        String name = function[0].substring(0, function[0].indexOf('('));
        int count = Integer.parseInt(function[2]);
        String arguments =
                IntStream.rangeClosed(1, count).mapToObj(n -> "a" + n).collect(Collectors.joining(", "));
        become(role, user);
        // The offset keeps the planner from seeing that the arguments of a strict function are null: it would not call
        // it.
        String from = count == 0 ? "" : " from (select " + function[3] + " offset 0) arguments";
        return attempt(
                function[1].equals("p")
                        ? "call " + name + "(" + function[3].replaceAll(" as a[0-9]+", "") + ")"
                        : "select " + name + "(" + arguments + ")" + from);
    }

    private List<String> tables() throws SQLException {
        return admin.list("""
                select relname from pg_class
                where relnamespace = 'snagr'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition
                order by 1
                """);
    }

    /** The columns, each with the value that stands in the one row there is, as a literal. */
    private List<Column> columns(String table) throws SQLException {
        List<Column> columns = new ArrayList<>();
        for (String column : admin.list("""
                select attname, format_type(atttypid, null), attgenerated <> '' or attidentity = 'a'
                from pg_attribute
                where attrelid = ?::regclass and attnum > 0 and not attisdropped
                order by attnum
                """, "snagr." + table)) {
            String[] part = column.split("\\|", 3);
            String literal = part[2].equals("t")
                    ? "default"
                    : admin.list("select coalesce(quote_literal(" + part[0] + "::text) || '::" + part[1]
                                    + "', 'null') from snagr." + table + " limit 1")
                            .get(0);
            columns.add(new Column(part[0], literal));
        }
        return columns;
    }

    /** For both rows in one: refused, nothing, own, all; and the columns, where it is not all of them. */
    private static String both(Allowed own, Allowed foreign, List<Column> columns) {
        if (foreign.outcome == Outcome.DONE) {
            return own.equals(foreign)
                    ? "all" + own.limits(columns)
                    : "own" + own.limits(columns) + "; others'" + foreign.limits(columns);
        }
        return switch (own.outcome) {
            case DONE -> "own" + own.limits(columns);
            case NOTHING -> "none";
            case REFUSED -> REFUSED;
        };
    }

    private void become(String role, UUID sub) throws SQLException {
        boolean expired = role.equals(EXPIRED_ADMIN);
        String name = expired ? "snagr_admin" : role.equals(PUBLIC) ? "matrix_public" : role;
        String claims = "{\"sub\":\"" + sub + "\",\"exp\":"
                + Instant.now().plusSeconds(expired ? -1 : 600).getEpochSecond() + ",\"role\":\"" + name + "\"}";
        simple("rollback to savepoint before; select set_config('role', '" + name
                + "', true), set_config('request.jwt.claims', '" + claims + "', true); savepoint row");
    }

    /** Does it and takes it back. */
    private Outcome attempt(String statement) throws SQLException {
        try (Statement run = admin.connection().createStatement()) {
            boolean rows = run.execute(statement);
            boolean any = rows ? run.getResultSet().next() : run.getUpdateCount() > 0;
            return any || statement.startsWith("truncate") || statement.startsWith("call")
                    ? Outcome.DONE
                    : Outcome.NOTHING;
        } catch (PSQLException e) {
            if (DENIED.equals(e.getSQLState())) {
                return Outcome.REFUSED;
            }
            if (REACHED.contains(e.getSQLState())) {
                return Outcome.DONE;
            }
            throw new SQLException(statement + " failed unexpectedly", e.getSQLState(), e);
        } finally {
            simple("rollback to savepoint row");
        }
    }

    private void simple(String sql) throws SQLException {
        try (Statement statement = admin.connection().createStatement()) {
            statement.execute(sql);
        }
    }

    /** Whether the privilege is lacking, not the policy, which speaks with the same SQLSTATE. */
    private boolean lacksPrivilege(String statement) throws SQLException {
        try (Statement run = admin.connection().createStatement()) {
            run.execute(statement);
            return false;
        } catch (PSQLException e) {
            ServerErrorMessage message = e.getServerErrorMessage();
            return DENIED.equals(e.getSQLState()) && message != null && "aclcheck_error".equals(message.getRoutine());
        } finally {
            simple("rollback to savepoint row");
        }
    }

    private enum Outcome {
        DONE,
        NOTHING,
        REFUSED
    }

    private record Column(String name, String literal) {}

    /** What came of an operation, and for which columns. */
    private record Allowed(Outcome outcome, Set<String> columns) {
        String limits(List<Column> all) {
            List<String> held = names(all, columns::contains);
            List<String> lacking = names(all, name -> !columns.contains(name));
            if (lacking.isEmpty()) {
                return "";
            }
            return held.size() <= lacking.size()
                    ? ": " + String.join(", ", held)
                    : " but " + String.join(", ", lacking);
        }

        private static List<String> names(List<Column> columns, Predicate<String> which) {
            return columns.stream().map(Column::name).filter(which).toList();
        }
    }

    /** The operations on one table, by one role on behalf of one user. */
    private final class Tries {
        private final String table;
        private final List<Column> columns;
        private final String role;
        private final UUID sub;

        Tries(String table, List<Column> columns, String role, UUID sub) {
            this.table = "snagr." + table;
            this.columns = columns;
            this.role = role;
            this.sub = sub;
        }

        Allowed run(String operation) throws SQLException {
            become(role, sub);
            return switch (operation) {
                case "SELECT" -> eachColumn(column -> "select " + column.name() + " from " + table);
                case "UPDATE" ->
                    eachColumn(column -> "update " + table + " set " + column.name() + " = " + value(column));
                case "INSERT" -> insert();
                case "DELETE" -> whole("delete from " + table);
                default -> whole("truncate " + table);
            };
        }

        private Allowed whole(String statement) throws SQLException {
            Set<String> all = columns.stream().map(Column::name).collect(Collectors.toSet());
            return new Allowed(attempt(statement), all);
        }

        private Allowed eachColumn(ForColumn statement) throws SQLException {
            Set<String> done = new LinkedHashSet<>();
            Outcome best = Outcome.REFUSED;
            for (Column column : columns) {
                Outcome outcome = attempt(statement.of(column));
                if (outcome == Outcome.DONE) {
                    done.add(column.name());
                }
                best = outcome.compareTo(best) < 0 ? outcome : best;
            }
            return new Allowed(best, done);
        }

        /** The row there is, once more, in those columns that the role may write: a duplicate has passed the policy. */
        private Allowed insert() throws SQLException {
            List<Column> writable = new ArrayList<>();
            for (Column column : columns) {
                if (!lacksPrivilege(
                        "insert into " + table + " (" + column.name() + ") values (" + value(column) + ")")) {
                    writable.add(column);
                }
            }
            if (writable.isEmpty()) {
                return new Allowed(Outcome.REFUSED, Set.of());
            }
            String statement = "insert into " + table + " ("
                    + writable.stream().map(Column::name).collect(Collectors.joining(", ")) + ") values ("
                    + writable.stream().map(this::value).collect(Collectors.joining(", ")) + ")";
            return new Allowed(
                    attempt(statement), writable.stream().map(Column::name).collect(Collectors.toSet()));
        }

        /** An audit event is somebody's own if it names him and the role in which he acts. */
        private String value(Column column) {
            return switch (table + "." + column.name()) {
                case "snagr.audit_events.actor" -> "'" + user + "'";
                case "snagr.audit_events.role" -> "current_user";
                default -> column.literal();
            };
        }
    }

    private interface ForColumn {
        String of(Column column);
    }
}

package ai.snagr.data.postgres;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What row-level security does to each condition of a statement. PostgreSQL evaluates a policy before any condition that
 * could betray a row, so a condition with a function that is not leakproof filters what the policy left, even where an
 * index supports it. A plan does not show that when it has a better index; the catalog does.
 *
 * <p>A statement becomes the body of a function that is rolled back, and is read as the tree that PostgreSQL made of it,
 * with each operator and function resolved.
 */
final class PredicateLint {
    /** Nodes in which no function runs on a value of a row; see contain_leaked_vars in PostgreSQL's clauses.c. */
    private static final Set<String> HARMLESS = Set.of(
            "VAR",
            "CONST",
            "PARAM",
            "ARRAYEXPR",
            "FIELDSELECT",
            "FIELDSTORE",
            "NAMEDARGEXPR",
            "BOOLEXPR",
            "RELABELTYPE",
            "COLLATEEXPR",
            "CASEEXPR",
            "CASEWHEN",
            "CASETESTEXPR",
            "ROWEXPR",
            "SQLVALUEFUNCTION",
            "NULLTEST",
            "BOOLEANTEST",
            "NEXTVALUEEXPR",
            "SUBSCRIPTINGREF",
            "ARRAYCOERCEEXPR",
            "FUNCEXPR",
            "OPEXPR",
            "DISTINCTEXPR",
            "NULLIFEXPR",
            "SCALARARRAYOPEXPR",
            "ROWCOMPAREEXPR");

    /** What two trees of the same expression may differ in. */
    private static final Set<String> PLACE = Set.of(
            "location",
            "varno",
            "varnosyn",
            "varattnosyn",
            "varlevelsup",
            "varnullingrels",
            "varreturningtype",
            "opfuncid",
            "funcformat",
            "relabelformat",
            "rexpr_list_start",
            "rexpr_list_end",
            "list_start",
            "list_end");

    private final Connection superuser;
    private final Map<Long, Operator> operators = new HashMap<>();
    private final Map<Long, Routine> functions = new HashMap<>();
    private final Set<String> supported = new HashSet<>();
    private final Map<Long, List<Key>> keys = new HashMap<>();
    private final Map<Long, Table> tables = new HashMap<>();

    /** Reads the catalog as it is now. The connection must be in a transaction, and be a superuser's. */
    PredicateLint(Connection superuser) throws SQLException {
        this.superuser = superuser;
        each(
                "select oid, format('%s(%s,%s)', oprname, oprleft::regtype, oprright::regtype), oprcode::oid, oprcom,"
                        + " oprnegate"
                        + " from pg_operator",
                row -> operators.put(
                        row.getLong(1),
                        new Operator(row.getString(2), row.getLong(3), row.getLong(4), row.getLong(5))));
        each(
                "select oid, oid::regprocedure, proleakproof, prosupport <> 0 from pg_proc",
                row -> functions.put(
                        row.getLong(1), new Routine(row.getString(2), row.getBoolean(3), row.getBoolean(4))));
        each(
                "select amopfamily, amopopr from pg_amop where amoppurpose = 's'",
                row -> supported.add(row.getLong(1) + " " + row.getLong(2)));
        each(
                """
                select c.oid, c.oid::regclass, c.relrowsecurity,
                  (select array_agg(coalesce(a.attname, '') order by n)::text[]
                   from generate_series(1, c.relnatts) n
                   left join pg_attribute a on a.attrelid = c.oid and a.attnum = n)
                from pg_class c where c.relkind in ('r', 'p', 'v', 'm') and c.oid >= 16384""",
                row -> tables.put(row.getLong(1), new Table(row.getString(2), row.getBoolean(3), List.of((String[])
                        row.getArray(4).getArray()))));
        each("""
                select x.indrelid, x.indexrelid::regclass, x.indkey[n - 1], o.opcfamily, x.indcollation[n - 1],
                  -- prefixes: LIKE and the regular expressions become ranges of such an index
                  f.opfname in ('text_pattern_ops', 'bpchar_pattern_ops')
                    or f.opfname in ('text_ops', 'bpchar_ops') and x.indcollation[n - 1] = '"C"'::regcollation,
                  x.indexprs::text
                from pg_index x
                join pg_class c on c.oid = x.indrelid and c.relrowsecurity
                cross join lateral generate_series(1, x.indnkeyatts) n
                join pg_opclass o on o.oid = x.indclass[n - 1]
                join pg_opfamily f on f.oid = o.opcfamily
                order by 1, 2, n""", this::addKey);
    }

    /** The conditions on tables with row-level security in that statement, which is sent with parameters of those types. */
    List<Condition> statement(String sql, List<String> types) throws SQLException {
        return conditions(tree(sql, types));
    }

    /** The tree of a statement that is sent with parameters of those types. */
    Object tree(String sql, List<String> types) throws SQLException {
        return tree(sql, types.stream().map(type -> Optional.<String>empty()).toList(), types);
    }

    /** The tree of a statement within a function; parameters are numbered in the order of the variables. */
    Object treeOf(String sql, Map<String, String> variables) throws SQLException {
        return tree(sql, variables.keySet().stream().map(Optional::of).toList(), List.copyOf(variables.values()));
    }

    /** The names of those types. */
    List<String> types(List<Integer> oids) throws SQLException {
        try (PreparedStatement statement = superuser.prepareStatement(
                "select array(select format_type(t, null) from unnest(?::oid[]) with ordinality as u (t, n) order by n)")) {
            statement.setArray(1, superuser.createArrayOf("int4", oids.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return List.of((String[]) row.getArray(1).getArray());
            }
        }
    }

    /** The types that PostgreSQL gives the parameters of a statement that says nothing about them. */
    List<String> inferredTypes(String sql) throws SQLException {
        Savepoint before = superuser.setSavepoint();
        try (Statement statement = superuser.createStatement()) {
            statement.execute("prepare to_infer as " + sql);
            try (ResultSet row = statement.executeQuery(
                    "select parameter_types::text[] from pg_prepared_statements where name = 'to_infer'")) {
                row.next();
                return List.of((String[]) row.getArray(1).getArray());
            } finally {
                statement.execute("deallocate to_infer");
            }
        } finally {
            superuser.rollback(before);
        }
    }

    /**
     * The conditions of every policy, by table and policy. PostgreSQL evaluates the policies of several commands one after
     * the other, so the second of them waits as a statement's own conditions do. A check of a new row reads none.
     */
    Map<String, List<Condition>> policies() throws SQLException {
        Map<String, List<Condition>> all = new LinkedHashMap<>();
        each("""
                select p.polrelid, p.polrelid::regclass || ' ' || p.polname, p.polqual::text
                from pg_policy p where p.polqual is not null order by 2""", row -> {
            // The table is the only one of an expression, and its number there is 1.
            NodeTree table = new NodeTree("RANGETBLENTRY", Map.of("rtekind", "0", "relid", row.getString(1)));
            NodeTree query = new NodeTree("QUERY", Map.of("rtable", List.of(table)));
            NodeTree condition = (NodeTree) NodeTree.parse(row.getString(3));
            List<Condition> found = new ArrayList<>();
            Walk walk = new Walk(found);
            found.addAll(walk.condition(condition, List.of(query)));
            walk.walk(condition, List.of(query));
            all.put(row.getString(2), found);
        });
        return all;
    }

    /** Those tables that a tree reads or writes, once for each time it names them. */
    List<Long> relations(Object tree) {
        return NodeTree.nodesIn(tree)
                .flatMap(NodeTree::all)
                .filter(node -> isTable(node))
                .map(node -> node.oid("relid"))
                .toList();
    }

    private Table table(long relation) {
        return requireNonNull(tables.get(relation), "a table of the schema");
    }

    private Operator operator(long id) {
        return requireNonNull(operators.get(id), "an operator of the catalog");
    }

    private Routine function(long id) {
        return requireNonNull(functions.get(id), "a function of the catalog");
    }

    String name(long relation) {
        return table(relation).name;
    }

    /**
     * The tables with the column user_id of which a tree reads rows without saying whose: neither equal to a parameter, nor
     * joined to one that is.
     *
     * @param user the number of that parameter; 0 if any will do
     */
    List<String> ofNobody(Object tree, int user) {
        List<String> found = new ArrayList<>();
        NodeTree.nodesIn(tree)
                .flatMap(NodeTree::all)
                .filter(node -> node.is("QUERY"))
                .forEach(query -> ofNobodyIn(query, user, found));
        return found;
    }

    private void ofNobodyIn(NodeTree query, int user, List<String> found) {
        List<NodeTree> rows = query.nodes("rtable");
        Set<Integer> owned = new HashSet<>();
        List<NodeTree> equalities = query.node("jointree").stream()
                .flatMap(PredicateLint::conjuncts)
                .filter(node ->
                        node.is("OPEXPR") && operator(node.oid("opno")).name.startsWith("=("))
                .toList();
        for (int round = 0; round <= rows.size(); round++) {
            for (NodeTree equality : equalities) {
                List<NodeTree> sides = equality.nodes("args");
                for (int i = 0; i < 2; i++) {
                    if (isUser(sides.get(1 - i), user, rows, owned) && isUserColumn(sides.get(i), rows)) {
                        owned.add(sides.get(i).number("varno"));
                    }
                }
            }
        }
        for (int i = 1; i <= rows.size(); i++) {
            NodeTree row = rows.get(i - 1);
            boolean inserted = query.text("commandType").equals("3")
                    && query.text("resultRelation").equals(Integer.toString(i));
            if (isTable(row) && table(row.oid("relid")).userColumn() > 0 && !owned.contains(i) && !inserted) {
                found.add(name(row.oid("relid")));
            }
        }
    }

    private boolean isUser(NodeTree side, int user, List<NodeTree> rows, Set<Integer> owned) {
        return (side.is("PARAM") && (user == 0 || side.number("paramid") == user))
                || (isUserColumn(side, rows) && owned.contains(side.number("varno")));
    }

    private boolean isUserColumn(NodeTree side, List<NodeTree> rows) {
        if (!side.is("VAR") || side.number("varlevelsup") != 0) {
            return false;
        }
        NodeTree row = rows.get(side.number("varno") - 1);
        if (!isTable(row)) {
            // what a part of the statement returns: its column tells
            List<String> names = row.node("eref").map(names(side)).orElse(List.of());
            return names.equals(List.of("user_id"));
        }
        return table(row.oid("relid")).userColumn() == side.number("varattno");
    }

    private static Function<NodeTree, List<String>> names(NodeTree column) {
        return eref -> eref.fields().get("colnames") instanceof List<?> names
                ? List.of(names.get(column.number("varattno") - 1).toString().replace("\"", ""))
                : List.of();
    }

    /** The conditions that all hold, in a FROM and its inner joins. */
    private static Stream<NodeTree> conjuncts(NodeTree from) {
        Stream<NodeTree> below = Stream.of("fromlist", "larg", "rarg")
                .flatMap(field -> from.nodes(field).stream())
                .flatMap(PredicateLint::conjuncts);
        return Stream.concat(below, from.node("quals").stream().flatMap(PredicateLint::and));
    }

    private static Stream<NodeTree> and(NodeTree condition) {
        return condition.is("BOOLEXPR") && condition.text("boolop").equals("and")
                ? condition.nodes("args").stream().flatMap(PredicateLint::and)
                : Stream.of(condition);
    }

    private List<Condition> conditions(Object tree) {
        List<Condition> found = new ArrayList<>();
        NodeTree.nodesIn(tree).forEach(node -> new Walk(found).walk(node, List.of()));
        return found;
    }

    private Object tree(String sql, List<Optional<String>> names, List<String> types) throws SQLException {
        StringBuilder parameters = new StringBuilder();
        for (int i = 0; i < types.size(); i++) {
            parameters.append(i == 0 ? "" : ", ");
            names.get(i).ifPresent(name -> parameters.append(name).append(' '));
            parameters.append(types.get(i));
        }
        Savepoint before = superuser.setSavepoint();
        try (Statement statement = superuser.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(
                    "create function pg_temp.to_lint(" + parameters + ") returns void begin atomic\n" + sql + ";\nend");
            try (ResultSet row = statement.executeQuery(
                    "select prosqlbody::text from pg_proc where oid = 'pg_temp.to_lint'::regproc")) {
                row.next();
                return NodeTree.parse(row.getString(1));
            }
        } finally {
            superuser.rollback(before);
        }
    }

    private void addKey(ResultSet row) throws SQLException {
        long relation = row.getLong(1);
        List<Key> ofTable = keys.computeIfAbsent(relation, oid -> new ArrayList<>());
        String index = row.getString(2);
        int column = row.getInt(3);
        String expression = "";
        if (column == 0) {
            long before = ofTable.stream()
                    .filter(key -> key.index.equals(index) && key.column == 0)
                    .count();
            expression = NodeTree.nodesIn(NodeTree.parse(row.getString(7)))
                    .skip(before)
                    .findFirst()
                    .map(PredicateLint::canonical)
                    .orElseThrow();
        }
        ofTable.add(new Key(index, column, expression, row.getLong(4), row.getLong(5), row.getBoolean(6)));
    }

    private void each(String sql, RowReader reader) throws SQLException {
        try (PreparedStatement statement = superuser.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                reader.read(rows);
            }
        }
    }

    private static boolean isTable(NodeTree node) {
        return node.is("RANGETBLENTRY") && node.text("rtekind").equals("0");
    }

    /** Text that is the same for the same expression, wherever it stands. */
    private static String canonical(Object value) {
        if (value instanceof NodeTree node) {
            NodeTree bare = bare(node);
            return bare.type()
                    + bare.fields().entrySet().stream()
                            .filter(field -> !PLACE.contains(field.getKey()))
                            .map(field -> field.getKey() + "=" + canonical(field.getValue()))
                            .collect(Collectors.joining(" ", "{", "}"));
        }
        return value instanceof List<?> list
                ? list.stream().map(PredicateLint::canonical).collect(Collectors.joining(" ", "(", ")"))
                : value.toString();
    }

    /** Without what only changes the name of the type. */
    private static NodeTree bare(NodeTree node) {
        return node.is("RELABELTYPE") ? bare(node.node("arg").orElseThrow()) : node;
    }

    /** Each condition of a tree, with the queries it stands in, the innermost first. */
    private final class Walk {
        private final List<Condition> found;

        Walk(List<Condition> found) {
            this.found = found;
        }

        void walk(NodeTree node, List<NodeTree> scopes) {
            List<NodeTree> inner = node.is("QUERY")
                    ? Stream.concat(Stream.of(node), scopes.stream()).toList()
                    : scopes;
            String conditions =
                    node.is("FROMEXPR", "JOINEXPR") ? "quals" : "mergeJoinCondition"; // the latter from 17 on
            node.node(conditions).ifPresent(quals -> found.addAll(condition(quals, inner)));
            node.children().forEach(child -> walk(child, inner));
        }

        List<Condition> condition(NodeTree node, List<NodeTree> scopes) {
            return switch (node.type()) {
                case "BOOLEXPR" ->
                    switch (node.text("boolop")) {
                        case "and" -> each(node, scopes).flatMap(List::stream).toList();
                        case "or" -> either(each(node, scopes).toList());
                        default -> negated(node.nodes("args").get(0), scopes);
                    };
                case "OPEXPR", "SCALARARRAYOPEXPR" -> compared(node, scopes, node.oid("opno"));
                case "ROWCOMPAREEXPR" -> rows(node, scopes);
                case "FUNCEXPR" -> called(node, scopes);
                default -> List.of(); // no operator that an index could support
            };
        }

        private Stream<List<Condition>> each(NodeTree node, List<NodeTree> scopes) {
            return node.nodes("args").stream().map(part -> condition(part, scopes));
        }

        /** Indexes serve all sides of an OR or none, and it is as leaky as its leakiest side. */
        private List<Condition> either(List<List<Condition>> sides) {
            boolean served =
                    sides.stream().allMatch(side -> side.stream().anyMatch(one -> one.effect != Effect.FILTER));
            List<Condition> all = sides.stream().flatMap(List::stream).toList();
            Set<String> leaks = all.stream().flatMap(one -> one.leaks.stream()).collect(Collectors.toSet());
            return all.stream()
                    .map(one -> one.effect == Effect.FILTER || !served
                            ? one.with(Effect.FILTER, leaks)
                            : one.with(leaks.isEmpty() ? Effect.INDEXED : Effect.DEMOTED, leaks))
                    .toList();
        }

        /** The planner takes the opposite operator, where there is one. */
        private List<Condition> negated(NodeTree node, List<NodeTree> scopes) {
            if (node.is("BOOLEXPR")) {
                return node.nodes("args").stream()
                        .flatMap(part -> negated(part, scopes).stream())
                        .toList();
            }
            return node.is("OPEXPR")
                    ? compared(node, scopes, operator(node.oid("opno")).negator)
                    : condition(node, scopes).stream()
                            .map(one -> one.with(Effect.FILTER, one.leaks))
                            .toList();
        }

        private List<Condition> rows(NodeTree node, List<NodeTree> scopes) {
            List<Condition> all = new ArrayList<>();
            List<Long> operators = node.oids("opnos");
            for (int i = 0; i < operators.size(); i++) {
                List<NodeTree> pair =
                        List.of(node.nodes("largs").get(i), node.nodes("rargs").get(i));
                all.addAll(compared(
                        node,
                        scopes,
                        operators.get(i),
                        pair,
                        node.oids("inputcollids").get(i)));
            }
            return all;
        }

        private List<Condition> called(NodeTree node, List<NodeTree> scopes) {
            Routine function = function(node.oid("funcid"));
            return node.nodes("args").stream()
                    .limit(1)
                    .flatMap(side -> columns(side, scopes).stream())
                    .map(column -> {
                        Stream<Key> keys = function.planned ? column.keys().filter(Key::prefixes) : Stream.empty();
                        return found(column, function.name, keys, leaks(node));
                    })
                    .flatMap(Optional::stream)
                    .toList();
        }

        private List<Condition> compared(NodeTree node, List<NodeTree> scopes, long operator) {
            return compared(node, scopes, operator, node.nodes("args"), node.oid("inputcollid"));
        }

        private List<Condition> compared(
                NodeTree whole, List<NodeTree> scopes, long operator, List<NodeTree> sides, long collation) {
            List<Condition> all = new ArrayList<>();
            for (int i = 0; i < sides.size(); i++) {
                // An index finds a column by elements of an array, but not an array by its elements.
                boolean array = i == 1 && whole.is("SCALARARRAYOPEXPR");
                Operator direct = operators.get(operator);
                long turned = direct == null || array ? 0 : i == 0 ? operator : direct.commutator;
                boolean prefix = i == 0 && direct != null && function(direct.function).planned;
                List<NodeTree> others = new ArrayList<>(sides);
                others.remove(i);
                for (Column column : columns(sides.get(i), scopes)) {
                    boolean ofItself = others.stream()
                            .flatMap(other -> columnsWithin(other, scopes))
                            .anyMatch(column::sameRow);
                    Stream<Key> keys = column.keys()
                            .filter(key -> !ofItself)
                            .filter(key -> (supported.contains(key.family + " " + turned)
                                            && (key.collation == 0 || key.collation == collation))
                                    || (prefix && key.prefixes));
                    String name = direct == null ? "not" : direct.name;
                    found(column, name, keys, leaks(whole)).ifPresent(all::add);
                }
            }
            return all;
        }

        private Optional<Condition> found(Column column, String operator, Stream<Key> served, Set<String> leaks) {
            Optional<Key> index = served.findFirst();
            Effect effect = index.isEmpty() ? Effect.FILTER : leaks.isEmpty() ? Effect.INDEXED : Effect.DEMOTED;
            return table(column.relation).secured
                    ? Optional.of(new Condition(
                            effect,
                            name(column.relation),
                            column.shown,
                            operator,
                            index.map(Key::index).orElse(""),
                            leaks))
                    : Optional.empty();
        }

        /** The functions that are not leakproof and see a value of a row. */
        private Set<String> leaks(NodeTree condition) {
            Set<String> leaks = new LinkedHashSet<>();
            collectLeaks(condition, leaks);
            return leaks;
        }

        private void collectLeaks(NodeTree node, Set<String> leaks) {
            if (node.is("SUBLINK")) {
                // Of a part without columns from outside only the result is seen; any other is evaluated row by row.
                boolean apart = node.node("subselect")
                        .orElseThrow()
                        .all()
                        .noneMatch(below -> below.is("VAR") && below.number("varlevelsup") > 0);
                if (!apart) {
                    leaks.add("a subquery for each row");
                }
                return;
            }
            if (!HARMLESS.contains(node.type())) {
                leaks.add(node.type());
            }
            if (node.all().anyMatch(below -> below.is("VAR") && below.number("varlevelsup") == 0)) {
                called(node)
                        .map(functions::get)
                        .filter(function -> !function.leakproof)
                        .forEach(function -> leaks.add(function.name));
            }
            node.children().forEach(child -> collectLeaks(child, leaks));
        }

        private Stream<Long> called(NodeTree node) {
            return switch (node.type()) {
                case "FUNCEXPR" -> Stream.of(node.oid("funcid"));
                case "OPEXPR", "DISTINCTEXPR", "NULLIFEXPR", "SCALARARRAYOPEXPR" ->
                    Stream.of(operator(node.oid("opno")).function);
                case "ROWCOMPAREEXPR" -> node.oids("opnos").stream().map(opno -> operator(opno).function);
                default -> Stream.empty();
            };
        }

        private Stream<Column> columnsWithin(NodeTree node, List<NodeTree> scopes) {
            return node.all()
                    .filter(below -> below.is("VAR") && below.number("varlevelsup") == 0)
                    .flatMap(below -> columns(below, scopes).stream());
        }

        /** What a side of a condition is a column, or an expression of columns, of: at most one table's. */
        private List<Column> columns(NodeTree side, List<NodeTree> scopes) {
            NodeTree value = bare(side);
            if (value.is("VAR")) {
                return resolve(value, scopes).stream().toList();
            }
            return value.all()
                    .filter(below -> below.is("VAR") && below.number("varlevelsup") == 0)
                    .flatMap(below -> resolve(below, scopes).stream())
                    .limit(1)
                    .map(column -> new Column(
                            column.relation, column.row, 0, canonical(value), "an expression of " + column.shown))
                    .toList();
        }

        /** The column of a table that a variable is, through joins and subqueries. */
        private Optional<Column> resolve(NodeTree variable, List<NodeTree> scopes) {
            int up = variable.number("varlevelsup");
            int attribute = variable.number("varattno");
            if (up >= scopes.size() || attribute <= 0) {
                return Optional.empty();
            }
            List<NodeTree> visible = scopes.subList(up, scopes.size());
            NodeTree row = visible.get(0).nodes("rtable").get(variable.number("varno") - 1);
            return switch (row.text("rtekind")) {
                case "0" -> {
                    Table table = tables.get(row.oid("relid"));
                    yield table == null
                            ? Optional.empty()
                            : Optional.of(
                                    new Column(row.oid("relid"), row, attribute, "", table.columns.get(attribute - 1)));
                }
                case "1" -> output(row.node("subquery").orElseThrow(), attribute, visible);
                case "2" -> {
                    NodeTree merged = bare(row.nodes("joinaliasvars").get(attribute - 1));
                    yield merged.is("VAR") ? resolve(merged, visible) : Optional.empty();
                }
                case "6" -> part(row, visible).flatMap(query -> output(query, attribute, visible));
                default -> Optional.empty();
            };
        }

        /** The part of a WITH that a reference means, unless it is computed apart. */
        private Optional<NodeTree> part(NodeTree row, List<NodeTree> visible) {
            return visible.get(row.number("ctelevelsup")).nodes("cteList").stream()
                    .filter(part -> part.text("ctename").equals(row.text("ctename")))
                    .filter(part -> !part.text("ctematerialized").equals("1"))
                    .flatMap(part -> part.node("ctequery").stream())
                    .filter(query -> query.text("commandType").equals("1"))
                    .findFirst();
        }

        private Optional<Column> output(NodeTree query, int attribute, List<NodeTree> visible) {
            // Conditions are not moved into a part that is cut off.
            if (query.node("limitCount").isPresent()) {
                return Optional.empty();
            }
            List<NodeTree> scopes =
                    Stream.concat(Stream.of(query), visible.stream()).toList();
            return query.nodes("targetList").stream()
                    .filter(target -> target.text("resno").equals(Integer.toString(attribute)))
                    .flatMap(target -> target.node("expr").stream())
                    .map(PredicateLint::bare)
                    .filter(expression -> expression.is("VAR"))
                    .findFirst()
                    .flatMap(expression -> resolve(expression, scopes));
        }

        /**
         * A column of a row that a query reads; its number is 0 for an expression.
         */
        private final class Column {
            private final long relation;
            private final NodeTree row;
            private final int number;
            private final String expression;
            private final String shown;

            Column(long relation, NodeTree row, int number, String expression, String shown) {
                this.relation = relation;
                this.row = row;
                this.number = number;
                this.expression = expression;
                this.shown = shown;
            }

            @SuppressWarnings("ReferenceEquality") // two entries of one table are equal
            boolean sameRow(Column other) {
                return row == other.row;
            }

            Stream<Key> keys() {
                return keys.getOrDefault(relation, List.of()).stream()
                        .filter(key -> key.column == number && key.expression.equals(expression));
            }
        }
    }

    /** What becomes of a condition under row-level security. */
    enum Effect {
        /** An index may serve it, for it is leakproof. */
        INDEXED,
        /** No index could. */
        FILTER,
        /** An index could, and must not. */
        DEMOTED
    }

    /**
     * One comparison of a statement with a column.
     *
     * @param leaks why it is demoted: the functions that are not leakproof
     */
    record Condition(Effect effect, String table, String column, String operator, String index, Set<String> leaks) {
        private Condition with(Effect other, Set<String> leaking) {
            return new Condition(other, table, column, operator, index, leaking);
        }

        /** What to do about it. */
        String remedy() {
            return "the condition " + operator + " on " + column + " of " + table + " loses the index " + index
                    + ", since a policy goes before " + leaks
                    + ", not being leakproof: compare a column of its own by an"
                    + " operator of its own type that is (bigint, uuid, text collate \"C\", timestamptz), or search"
                    + " through a SECURITY DEFINER function that names the user";
        }
    }

    private record Operator(String name, long function, long commutator, long negator) {}

    /** @param planned it can tell the planner of an index condition */
    private record Routine(String name, boolean leakproof, boolean planned) {}

    private record Table(String name, boolean secured, List<String> columns) {
        int userColumn() {
            return columns.indexOf("user_id") + 1;
        }
    }

    /** @param prefixes it finds the texts that begin with another */
    private record Key(String index, int column, String expression, long family, long collation, boolean prefixes) {}

    @FunctionalInterface
    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }
}

package ai.snagr.data.postgres;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A parse tree of PostgreSQL, from the text in which the catalog keeps the bodies of functions, policies and index
 * expressions: <a href="https://github.com/postgres/postgres/blob/master/src/backend/nodes/read.c">its reader</a>.
 *
 * @param type in capitals, as OPEXPR
 * @param fields each a {@link NodeTree}, a list of such values, or a text; null is the text {@code <>}
 */
record NodeTree(String type, Map<String, Object> fields) {
    private static final String NULL = "<>";

    /** The value of a whole text: a node, or a list as the body of a function is. */
    static Object parse(String text) {
        return new Reader(text).value();
    }

    String text(String field) {
        return fields.get(field) instanceof String text ? text : "";
    }

    int number(String field) {
        return Integer.parseInt(text(field));
    }

    /** OIDs go beyond an int. */
    long oid(String field) {
        return Long.parseLong(text(field));
    }

    Optional<NodeTree> node(String field) {
        return fields.get(field) instanceof NodeTree node ? Optional.of(node) : Optional.empty();
    }

    List<NodeTree> nodes(String field) {
        Object value = fields.get(field);
        return value == null ? List.of() : nodesIn(value).toList();
    }

    /** The values of a list of OIDs. */
    List<Long> oids(String field) {
        return fields.get(field) instanceof List<?> list
                ? list.stream().skip(1).map(oid -> Long.parseLong((String) oid)).toList()
                : List.of();
    }

    boolean is(String... types) {
        return List.of(types).contains(type);
    }

    Stream<NodeTree> children() {
        return fields.values().stream().flatMap(NodeTree::nodesIn);
    }

    /** This node and all below it. */
    Stream<NodeTree> all() {
        return Stream.concat(Stream.of(this), children().flatMap(NodeTree::all));
    }

    /** The nodes of a value, those of nested lists too, but not what is below a node. */
    static Stream<NodeTree> nodesIn(Object value) {
        if (value instanceof NodeTree node) {
            return Stream.of(node);
        }
        return value instanceof List<?> list ? list.stream().flatMap(NodeTree::nodesIn) : Stream.empty();
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        Object value() {
            String token = next();
            if (token.equals("{")) {
                return node();
            }
            if (token.equals("(")) {
                List<Object> list = new ArrayList<>();
                while (!peek().equals(")")) {
                    list.add(value());
                }
                at++;
                return list;
            }
            return token;
        }

        private NodeTree node() {
            String type = next();
            Map<String, Object> fields = new LinkedHashMap<>();
            while (!peek().equals("}")) {
                String name = next().substring(1);
                List<Object> values = new ArrayList<>();
                while (!peek().equals("}") && !peek().startsWith(":")) {
                    values.add(value());
                }
                // The bytes of a constant are several tokens.
                fields.put(name, values.isEmpty() ? NULL : values.size() == 1 ? values.get(0) : values);
            }
            at++;
            return new NodeTree(type, fields);
        }

        private String peek() {
            int before = at;
            String token = next();
            at = before;
            return token;
        }

        private String next() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                throw new IllegalArgumentException("the tree ends within a node");
            }
            int start = at;
            while (at < text.length() && !isDelimiter(text.charAt(at))) {
                at += text.charAt(at) == '\\' ? 2 : 1;
            }
            if (at == start) {
                at++;
            }
            return text.substring(start, at);
        }

        private static boolean isDelimiter(char c) {
            return Character.isWhitespace(c) || c == '(' || c == ')' || c == '{' || c == '}';
        }
    }
}

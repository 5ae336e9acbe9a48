package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.postgres.internal.schema.AccessMatrix.Cell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables of {@code docs/access.md}: one for each table of the schema, and one of the functions. */
final class AccessDocument {
    private static final String BEGIN = "<!-- from here on written by AccessMatrixIT -->\n";
    private static final String FUNCTIONS = "Functions";

    private AccessDocument() {}

    static Path path() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("docs/access.md"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException(
                        "there is no docs/access.md above " + Path.of("").toAbsolutePath());
            }
        }
        return folder.resolve("docs/access.md");
    }

    static String read() {
        try {
            return Files.readString(path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Map<Cell, String> cells) throws IOException {
        Files.writeString(path(), withTables(read(), cells));
    }

    /** The text with its tables replaced. */
    static String withTables(String text, Map<Cell, String> cells) {
        int end = text.indexOf(BEGIN);
        if (end < 0) {
            throw new IllegalStateException("docs/access.md has lost its line " + BEGIN);
        }
        return text.substring(0, end) + BEGIN + render(cells);
    }

    /** What the tables say, cell by cell; of a role that is not named, what is said of the others. */
    static Map<Cell, String> parse(String text, Set<String> roles) {
        Map<Cell, String> cells = new LinkedHashMap<>();
        String heading = "";
        List<String> columns = List.of();
        Set<String> unnamed = new TreeSet<>();
        for (String line : text.substring(text.indexOf(BEGIN)).lines().toList()) {
            if (line.startsWith("## ")) {
                heading = line.substring(3);
                columns = List.of();
                unnamed = new LinkedHashSet<>(roles);
            } else if (line.startsWith("| ") && !line.startsWith("| ---")) {
                List<String> row = row(line);
                if (columns.isEmpty()) {
                    columns = row;
                    continue;
                }
                boolean others = row.get(0).equals("everybody else");
                for (int i = 1; i < columns.size(); i++) {
                    for (String role : heading.equals(FUNCTIONS) ? roles : others ? unnamed : Set.of(row.get(0))) {
                        if (heading.equals(FUNCTIONS)) {
                            boolean named =
                                    Arrays.asList(row.get(i).split("; ")).contains(role);
                            cells.put(
                                    new Cell(row.get(0), role, AccessMatrix.EXECUTE),
                                    named ? "yes" : AccessMatrix.REFUSED);
                        } else {
                            cells.put(new Cell(heading, role, columns.get(i)), row.get(i));
                        }
                    }
                }
                unnamed.remove(row.get(0));
            }
        }
        return cells;
    }

    private static List<String> row(String line) {
        return Stream.of(line.substring(1, line.lastIndexOf('|')).split("\\|", -1))
                .map(cell -> cell.strip().replace("`", ""))
                .toList();
    }

    private static String render(Map<Cell, String> cells) {
        StringBuilder text = new StringBuilder();
        Map<String, Map<String, List<String>>> tables = new LinkedHashMap<>();
        Map<String, List<String>> functions = new LinkedHashMap<>();
        cells.forEach((cell, value) -> {
            if (cell.operation().equals(AccessMatrix.EXECUTE)) {
                List<String> holders = functions.computeIfAbsent(cell.object(), name -> new ArrayList<>());
                if (!value.equals(AccessMatrix.REFUSED)) {
                    holders.add(cell.role());
                }
            } else {
                tables.computeIfAbsent(cell.object(), name -> new LinkedHashMap<>())
                        .computeIfAbsent(cell.role(), name -> new ArrayList<>())
                        .add(value);
            }
        });
        tables.forEach((table, roles) -> {
            text.append("\n## ").append(table).append("\n\n");
            append(
                    text,
                    Stream.concat(Stream.of("role"), AccessMatrix.OPERATIONS.stream())
                            .toList());
            append(
                    text,
                    Stream.generate(() -> "---")
                            .limit(1 + AccessMatrix.OPERATIONS.size())
                            .toList());
            roles.forEach((role, values) -> {
                if (values.stream().anyMatch(value -> !value.equals(AccessMatrix.REFUSED))) {
                    append(
                            text,
                            Stream.concat(Stream.of("`" + role + "`"), values.stream())
                                    .toList());
                }
            });
            append(
                    text,
                    Stream.concat(
                                    Stream.of("everybody else"),
                                    AccessMatrix.OPERATIONS.stream().map(o -> AccessMatrix.REFUSED))
                            .toList());
        });
        text.append("\n## ").append(FUNCTIONS).append("\n\n");
        append(text, List.of("function", "may be called by"));
        append(text, List.of("---", "---"));
        functions.forEach((function, holders) -> append(
                text,
                List.of(
                        "`" + function + "`",
                        holders.isEmpty()
                                ? AccessMatrix.REFUSED
                                : holders.stream().map(h -> "`" + h + "`").collect(Collectors.joining("; ")))));
        return text.toString();
    }

    private static void append(StringBuilder text, List<String> row) {
        text.append("| ").append(String.join(" | ", row)).append(" |\n");
    }
}

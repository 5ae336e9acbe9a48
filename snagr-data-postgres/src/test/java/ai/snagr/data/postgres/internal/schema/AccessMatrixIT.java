package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.postgres.internal.schema.AccessMatrix.Cell;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/access.md} says what the database does: every role, table, operation, own and foreign row. The tables of the
 * document are written by {@code -Dsnagr.access.write=true}, and read and compared in every other run.
 */
final class AccessMatrixIT {
    private static Map<Cell, String> database;

    @BeforeAll
    static void drive() throws SQLException, IOException {
        try (PreparedDatabase prepared = PreparedDatabase.create()) {
            database = AccessMatrix.of(prepared);
        }
        if (Boolean.getBoolean("snagr.access.write")) {
            AccessDocument.write(database);
        }
    }

    @Test
    void document_cellByCell_saysWhatTheDatabaseDoes() {
        assertThat(differences(AccessDocument.read())).isEmpty();
    }

    @Test
    void document_asAWhole_isTheOneThatTheDatabaseGives() {
        String document = AccessDocument.read();

        assertThat(document)
                .as("docs/access.md; write it anew with -Dsnagr.access.write=true, and look at what changed")
                .isEqualTo(AccessDocument.withTables(document, database));
    }

    @Test
    void document_withACellChanged_isToldByRoleTableAndOperation() {
        String document = AccessDocument.withTables(AccessDocument.read(), database);
        int table = document.indexOf("## searches\n");
        int row = document.indexOf("| `snagr_user` | own |", table);
        String changed = document.substring(0, row) + "| `snagr_user` | all |"
                + document.substring(row + "| `snagr_user` | own |".length());

        assertThat(differences(changed))
                .containsExactly("snagr_user, SELECT on searches: docs/access.md says 'all', the database does 'own'");
    }

    @Test
    void document_withoutATable_isToldOfIt() {
        String document = AccessDocument.withTables(AccessDocument.read(), database);
        int table = document.indexOf("\n## searches\n");
        String cut = document.substring(0, table) + document.substring(document.indexOf("\n## ", table + 1));

        assertThat(differences(cut))
                .contains("snagr_user, SELECT on searches: docs/access.md says nothing, the database does 'own'");
    }

    @Test
    void roles_thatAreNotToReachAnything_reachNothing() {
        Set<String> without = Set.of("snagr_app", "anon", "authenticated", "PUBLIC");

        assertThat(database.entrySet().stream()
                        .filter(entry -> without.contains(entry.getKey().role())))
                .isNotEmpty()
                .allSatisfy(entry -> assertThat(entry.getValue())
                        .as(entry.getKey().toString())
                        .isEqualTo(AccessMatrix.REFUSED));
    }

    @Test
    void admin_whoseProofExpired_reachesNothing() {
        assertThat(database.entrySet().stream()
                        .filter(entry -> entry.getKey().role().equals("snagr_admin, expired")))
                .isNotEmpty()
                .allSatisfy(entry -> assertThat(entry.getValue())
                        .as(entry.getKey().toString())
                        .isIn(AccessMatrix.REFUSED, "none"));
    }

    private static List<String> differences(String document) {
        Set<String> roles =
                database.keySet().stream().map(Cell::role).collect(Collectors.toCollection(LinkedHashSet::new));
        Map<Cell, String> said = AccessDocument.parse(document, roles);
        Set<Cell> all = new LinkedHashSet<>(database.keySet());
        all.addAll(said.keySet());
        List<String> differences = new ArrayList<>();
        for (Cell cell : all) {
            String here = said.get(cell);
            String there = database.get(cell);
            if (there == null || !there.equals(here)) {
                differences.add("%s, %s on %s: docs/access.md says %s, the database does %s"
                        .formatted(cell.role(), cell.operation(), cell.object(), quoted(here), quoted(there)));
            }
        }
        return differences;
    }

    private static String quoted(@Nullable String value) {
        return value == null ? "nothing" : "'" + value + "'";
    }
}

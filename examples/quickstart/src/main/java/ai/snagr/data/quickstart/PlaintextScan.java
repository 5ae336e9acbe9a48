package ai.snagr.data.quickstart;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Reads every row of every table of the schema as a superuser and counts what should not be there: the addresses of
 * listings and sellers and the sellers' names as they would stand in the sealed JSON, plain or as bytes.
 */
final class PlaintextScan {
    private static final List<String> SECRETS =
            List.of("airbnb.com/rooms/", "airbnb.com/users/show/", "\"name\":", "\"profileUrl\"", "\"profile_url\"");

    private static final String TABLES = """
            select format('%I.%I', schemaname, tablename)
            from pg_tables
            where schemaname = 'snagr'
            order by 1""";

    private final List<String> needles = new ArrayList<>();

    PlaintextScan() {
        for (String secret : SECRETS) {
            needles.add(secret.toLowerCase(Locale.ROOT));
            needles.add(HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** How many rows were read and how many of them hold a secret. */
    Result scan(Connection superuser) throws SQLException {
        long rows = 0;
        long hits = 0;
        superuser.setAutoCommit(false);
        List<String> tables = new ArrayList<>();
        try (Statement statement = superuser.createStatement()) {
            try (ResultSet names = statement.executeQuery(TABLES)) {
                while (names.next()) {
                    tables.add(names.getString(1));
                }
            }
            statement.setFetchSize(500);
            for (String table : tables) {
                try (ResultSet row = statement.executeQuery("select t::text from " + table + " t")) {
                    while (row.next()) {
                        rows++;
                        hits += holdsSecret(row.getString(1).toLowerCase(Locale.ROOT)) ? 1 : 0;
                    }
                }
            }
        }
        return new Result(tables.size(), rows, hits);
    }

    private boolean holdsSecret(String row) {
        return needles.stream().anyMatch(row::contains);
    }

    record Result(int tables, long rows, long hits) {}
}

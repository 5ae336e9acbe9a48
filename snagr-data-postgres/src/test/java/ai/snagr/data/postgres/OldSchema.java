package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.testkit.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.flywaydb.core.Flyway;

/** A database as an earlier state of the library left it. */
final class OldSchema {
    private OldSchema() {}

    /** As the owner, with the library's own scripts and no others. */
    static void migrate(TestDatabase database, Path directory, String... scripts) throws IOException, SQLException {
        Path folder = Files.createDirectory(directory.resolve("scripts"));
        for (String script : scripts) {
            try (InputStream text = PostgresSnagrData.class.getResourceAsStream("migration/" + script)) {
                assertThat(text).as(script).isNotNull();
                Files.copy(text, folder.resolve(script));
            }
        }
        try (Sql owner = Sql.open(database.address())) {
            owner.run("create schema snagr");
        }
        assertThat(Flyway.configure()
                        .dataSource(database.jdbcUrl(), database.user(), database.password())
                        .locations("filesystem:" + folder)
                        .defaultSchema("snagr")
                        .schemas("snagr")
                        .createSchemas(false)
                        .table("schema_history")
                        .placeholderReplacement(false)
                        .load()
                        .migrate()
                        .migrationsExecuted)
                .isEqualTo(scripts.length);
    }
}

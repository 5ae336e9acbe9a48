package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.testkit.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a migration does when others are in its way: another node that migrates, and a reader of a table. */
final class MigrationLocksIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ExecutorService node = Executors.newSingleThreadExecutor();

    private TestDatabase database;
    private Sql other;
    private Sql watcher;

    @BeforeEach
    void prepare() throws SQLException {
        database = TestDatabase.createEmpty();
        other = new Sql(database.adminConnection());
        watcher = new Sql(database.adminConnection());
    }

    @AfterEach
    void close() throws SQLException {
        node.shutdownNow();
        other.close();
        watcher.close();
        database.close();
    }

    @Test
    void migrate_whileAnotherNodeHoldsTheLock_waitsAndThenMigrates() throws Exception {
        other.list("select pg_advisory_lock(?)", Migrator.LOCK_KEY);
        Future<?> migration = node.submit(() -> Schema.migrateOnly(database.address()));
        until("""
                select exists (
                  select from pg_stat_activity
                  where datname = current_database() and query like 'select pg_try_advisory_lock%')
                """, "t");

        assertThat(watcher.one("select to_regnamespace('snagr') is null")).isEqualTo("t");

        other.list("select pg_advisory_unlock(?)", Migrator.LOCK_KEY);
        migration.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(watcher.one("select count(*) from snagr.deployment")).isEqualTo("1");
    }

    @Test
    void migrate_behindALongReader_givesUpItsLocksAndTriesAgain() throws Exception {
        Schema.migrateOnly(database.address());
        watcher.run("update snagr.schema_history set checksum = 1 where script = 'R__policies.sql'");
        other.connection().setAutoCommit(false);
        other.list("select id from snagr.searches");

        Future<?> migration = node.submit(() -> Schema.migrateOnly(database.address()));
        String waiting =
                "select exists (select from pg_locks where not granted and relation = 'snagr.searches'::regclass)";
        until(waiting, "t");
        until(waiting, "f"); // its time was over, and its transaction is rolled back

        assertThat(migration.isDone()).isFalse();
        other.commit();
        migration.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(watcher.list(
                        "select 1 from snagr.schema_history where script = 'R__policies.sql' and checksum <> 1"))
                .hasSize(1);
    }

    /** Asks until that is the answer. */
    private void until(String question, String answer) throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!watcher.one(question).equals(answer)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never " + answer + ": " + question);
            }
            Thread.onSpinWait();
        }
    }
}

package ai.snagr.data.postgres.internal.schema;

import static ai.snagr.data.postgres.internal.schema.PreparedDatabase.newId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The function that starts the saved searches that are due. */
final class StartDueIT {
    private static PreparedDatabase database;

    private Sql worker;
    private UUID alice;

    @BeforeAll
    static void prepare() throws SQLException {
        database = PreparedDatabase.create();
    }

    @AfterAll
    static void closeAll() throws SQLException {
        database.close();
    }

    @BeforeEach
    void arrange() throws SQLException {
        database.admin().run("delete from snagr.users");
        worker = database.serving();
        alice = database.user();
    }

    @AfterEach
    void close() throws SQLException {
        worker.close();
    }

    @Test
    void startDue_aDueSearch_getsOnePendingJobWithTheGivenId() throws SQLException {
        UUID search = database.search(alice, "x");
        UUID saved = database.savedSearch(alice, search, "daily", "-1 hour");
        UUID job = newId();

        assertThat(worker.as("snagr_worker", () -> startDue(worker, 1, job)))
                .containsExactly(saved + "|" + alice + "|" + search + "|" + job);

        assertThat(database.admin()
                        .one("select user_id, search_id, status, origin, retry_count, lease_token from snagr.jobs"))
                .isEqualTo(alice + "|" + search + "|pending|rerun|0|");
    }

    @Test
    void startDue_theNextRun_isAWholeNumberOfPeriodsAfterTheOldAndInTheFuture() throws SQLException {
        UUID daily = database.savedSearch(alice, database.search(alice, "x"), "daily", "-10 days -3 hours");
        UUID weekly = database.savedSearch(alice, database.search(alice, "x"), "weekly", "-10 days -3 hours");
        UUID justNow = database.savedSearch(alice, database.search(alice, "x"), "daily", "-1 seconds");
        String ages = "select id, extract(epoch from next_run_at) from snagr.saved_searches order by id";
        List<String> before = database.admin().list(ages);

        worker.as("snagr_worker", () -> startDue(worker, 3, newId(), newId(), newId()));

        assertThat(hoursBetween(before, database.admin().list(ages), daily)).isEqualTo(11 * 24);
        assertThat(hoursBetween(before, database.admin().list(ages), weekly)).isEqualTo(2 * 7 * 24);
        assertThat(hoursBetween(before, database.admin().list(ages), justNow)).isEqualTo(24);
        assertThat(
                        database.admin()
                                .one(
                                        "select count(*) from snagr.saved_searches where next_run_at > now() and last_run_at is not null"))
                .isEqualTo("3");
    }

    @Test
    void startDue_whatIsNotDue_isLeft() throws SQLException {
        database.savedSearch(alice, database.search(alice, "future"), "daily", "1 minute");
        UUID paused = database.savedSearch(alice, database.search(alice, "paused"), "daily", "-1 hour");
        database.admin().run("update snagr.saved_searches set status = 'paused' where id = ?", paused);
        UUID inactive = database.user();
        database.savedSearch(inactive, database.search(inactive, "inactive"), "daily", "-1 hour");
        database.admin().run("update snagr.users set is_active = false where id = ?", inactive);
        UUID deleted = database.user();
        database.savedSearch(deleted, database.search(deleted, "deleted"), "daily", "-1 hour");
        database.admin().run("update snagr.users set deleted_at = now() where id = ?", deleted);

        assertThat(worker.as("snagr_worker", () -> startDue(worker, 2, newId(), newId())))
                .isEmpty();
        assertThat(database.admin().one("select count(*) from snagr.jobs")).isEqualTo("0");
    }

    @Test
    void startDue_moreThanTheLimit_startsTheLongestOverdueFirst() throws SQLException {
        database.savedSearch(alice, database.search(alice, "late"), "daily", "-1 hour");
        UUID later = database.savedSearch(alice, database.search(alice, "later"), "daily", "-2 hours");
        UUID latest = database.savedSearch(alice, database.search(alice, "latest"), "daily", "-3 hours");

        assertThat(worker.as("snagr_worker", () -> startDue(worker, 2, newId(), newId())))
                .extracting(row -> row.substring(0, 36))
                .containsExactly(latest.toString(), later.toString());
    }

    @Test
    void startDue_byTwoTransactionsAtOnce_startsEachSearchOnce() throws SQLException {
        for (int i = 0; i < 4; i++) {
            database.savedSearch(alice, database.search(alice, "x"), "daily", "-" + (i + 1) + " hours");
        }
        try (Sql other = database.serving()) {
            other.run("set lock_timeout = '10s'");
            worker.begin("snagr_worker", Optional.empty());
            other.begin("snagr_worker", Optional.empty());
            List<String> mine = startDue(worker, 2, newId(), newId());
            List<String> others = startDue(other, 4, newId(), newId(), newId(), newId());
            other.commit();
            worker.commit();

            assertThat(mine).hasSize(2);
            assertThat(others).hasSize(2).doesNotContainAnyElementsOf(mine);
            assertThat(worker.as("snagr_worker", () -> startDue(worker, 1, newId())))
                    .isEmpty();
        }
        assertThat(database.admin().one("select count(*), count(distinct search_id) from snagr.jobs"))
                .isEqualTo("4|4");
    }

    @Test
    void startDue_rolledBack_startsAgain() throws SQLException {
        database.savedSearch(alice, database.search(alice, "x"), "daily", "-1 hour");
        worker.begin("snagr_worker", Optional.empty());
        startDue(worker, 1, newId());
        worker.rollback();

        assertThat(worker.as("snagr_worker", () -> startDue(worker, 1, newId())))
                .hasSize(1);
    }

    @Test
    void startDue_withFewerIdsThanTheLimit_isRefused() {
        assertThatThrownBy(() -> worker.as("snagr_worker", () -> startDue(worker, 2, newId())))
                .hasMessageContaining("needs 2 job ids and got 1");
    }

    @Test
    void startDue_byAnyoneElse_isDenied() {
        for (String role : List.of("snagr_user", "snagr_matcher", "snagr_admin", "snagr_auth")) {
            assertThatThrownBy(() -> worker.as(role, alice, () -> startDue(worker, 1, newId())))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
        }
    }

    private static List<String> startDue(Sql sql, int limit, UUID... jobs) throws SQLException {
        return sql.list(
                "select saved_search_id, user_id, search_id, job_id from snagr.start_due(?, ?)",
                limit,
                sql.connection().createArrayOf("uuid", jobs));
    }

    private static long hoursBetween(List<String> before, List<String> after, UUID saved) {
        double seconds = epoch(after, saved) - epoch(before, saved);
        assertThat(Math.abs(seconds - Math.round(seconds))).isLessThan(0.001);
        assertThat(Math.round(seconds) % 3600).isZero();
        return Math.round(seconds / 3600);
    }

    private static double epoch(List<String> rows, UUID saved) {
        return rows.stream()
                .filter(row -> row.startsWith(saved.toString()))
                .mapToDouble(row -> Double.parseDouble(row.substring(37)))
                .findFirst()
                .orElseThrow();
    }
}

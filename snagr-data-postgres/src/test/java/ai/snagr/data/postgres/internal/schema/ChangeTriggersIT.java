package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import java.io.StringReader;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** What the triggers write of statements that this library never sends: whoever writes, and by whatever means, is told of. */
final class ChangeTriggersIT {
    private static PreparedDatabase database;
    private static Sql admin;

    private UUID alice;
    private UUID bob;

    @BeforeAll
    static void prepare() throws SQLException {
        database = PreparedDatabase.create();
        admin = database.admin();
    }

    @AfterAll
    static void drop() throws SQLException {
        database.close();
    }

    @BeforeEach
    void users() throws SQLException {
        alice = database.user();
        bob = database.user();
        admin.run("delete from snagr.change_outbox");
    }

    @Test
    void copy_ofRowsOfSeveralUsers_isTold() throws Exception {
        UUID first = PreparedDatabase.newId();
        UUID second = PreparedDatabase.newId();
        UUID third = PreparedDatabase.newId();

        admin.connection()
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn(
                        "copy snagr.searches (user_id, id, query_text, parameters) from stdin (format csv)",
                        new StringReader("%s,%s,x,{}\n%s,%s,x,{}\n%s,%s,x,{}\n"
                                .formatted(alice, first, alice, second, bob, third)));

        assertTold(told("searches", alice, first, second), told("searches", bob, third));
    }

    @Test
    void upsert_thatInsertsAndUpdates_isToldOfBoth() throws SQLException {
        UUID old = database.search(alice, "x");
        UUID fresh = PreparedDatabase.newId();
        admin.run("delete from snagr.change_outbox");

        admin.run("""
                insert into snagr.searches (user_id, id, query_text, parameters)
                values (?, ?, 'y', '{}'), (?, ?, 'y', '{}')
                on conflict (user_id, id) do update set query_text = excluded.query_text""", alice, old, alice, fresh);

        assertTold(told("searches", alice, fresh), told("searches", alice, old));
    }

    @Test
    void merge_thatUpdatesAndDeletes_isToldOfBoth() throws SQLException {
        UUID changed = database.search(alice, "x");
        UUID gone = database.search(alice, "z");
        admin.run("delete from snagr.change_outbox");

        admin.run("""
                merge into snagr.searches s using (values (?::uuid)) v (user_id) on s.user_id = v.user_id
                when matched and s.query_text = 'x' then update set query_text = 'y'
                when matched then delete""", alice);

        assertTold(told("searches", alice, changed), told("searches", alice, gone));
    }

    @Test
    void cascade_fromAUser_isToldOfEveryTable() throws SQLException {
        UUID search = database.search(alice, "x");
        UUID saved = database.savedSearch(alice, search, "daily", "1 hour");
        UUID match = database.match(alice, search, database.job(alice, search), "x");
        admin.run("insert into snagr.user_preferences (user_id) values (?)", alice);
        admin.run(
                "insert into snagr.subject_keys (user_id, key_id, wrapped_by, wrapped) values (?, 1, 1, ?)",
                alice,
                PreparedDatabase.sealed(608));
        admin.run("delete from snagr.change_outbox");
        assertThat(saved).isNotEqualTo(match);

        admin.run("delete from snagr.users where id = ?", alice);

        assertTold(
                told("matches", alice, search),
                told("saved_searches", alice, search),
                told("searches", alice, search),
                told("subject_keys", alice),
                told("user_preferences", alice),
                told("users", alice));
    }

    @Test
    void truncate_always_tellsTheKindOfEveryTable() throws SQLException {
        Savepoint before = begin();
        admin.run("truncate snagr.users cascade");

        assertTold(
                "matches||",
                "saved_searches||",
                "searches||",
                "subject_keys||",
                "unlocks||",
                "user_preferences||",
                "users||");
        rollback(before);
    }

    @Test
    void update_thatMovesARow_tellsWhereItWasAndWhereItIs() throws SQLException {
        UUID from = database.search(alice, "x");
        UUID to = database.search(bob, "x");
        UUID saved = database.savedSearch(alice, from, "daily", "1 hour");
        admin.run("delete from snagr.change_outbox");

        admin.run("update snagr.saved_searches set user_id = ?, search_id = ? where id = ?", bob, to, saved);

        assertTold(told("saved_searches", alice, from), told("saved_searches", bob, to));
    }

    @Test
    void update_thatChangesNothingThatIsShown_isNotTold() throws SQLException {
        UUID search = database.search(alice, "x");
        admin.run("delete from snagr.change_outbox");

        admin.run("update snagr.searches set last_activity_at = now(), query_text = 'x' where id = ?", search);
        admin.run("update snagr.searches set query_text = 'y' where id = ?", UUID.randomUUID());
        admin.run("update snagr.users set password_hash = null where id = ?", alice);

        assertTold();
    }

    @Test
    void insert_ofMoreThanAThousandRows_tellsTheKindAlone() throws SQLException {
        admin.run("""
                insert into snagr.searches (user_id, id, query_text, parameters)
                select ?, gen_random_uuid(), 'x', '{}' from generate_series(1, 1000)""", alice);
        assertThat(admin.one("select kind, user_id, cardinality(keys) from snagr.change_outbox"))
                .isEqualTo("searches|" + alice + "|1000");
        admin.run("delete from snagr.change_outbox");

        admin.run("""
                insert into snagr.searches (user_id, id, query_text, parameters)
                select ?, gen_random_uuid(), 'x', '{}' from generate_series(1, 1001)""", alice);

        assertTold("searches||");
    }

    @Test
    void write_whenOldChangesAreThere_deletesSomeOfThemWhoeverFollows() throws SQLException {
        admin.run("delete from snagr.change_epoch");
        oldChanges(150, 4);
        oldChanges(5, 2);

        registerHundred("read committed");

        assertThat(admin.one("select count(*) from snagr.change_outbox where created_at < now() - interval '3 days'"))
                .isEqualTo("0");
        assertThat(admin.one("select count(*) from snagr.change_outbox where created_at < now() - interval '1 day'"))
                .isEqualTo("5");
        assertThat(admin.one("select purged_to > '0' from snagr.change_epoch"))
                .as("and whoever lacks them is told so")
                .isEqualTo("t");
    }

    @Test
    void write_whileAnotherDeletesOldChanges_leavesItToHim() throws SQLException {
        oldChanges(10, 4);
        registerHundred("read committed");
        oldChanges(10, 4);
        try (Sql other = new Sql(database.database().adminConnection())) {
            other.connection().setAutoCommit(false);
            assertThat(other.one("select count(*) from (select from snagr.change_epoch for update) locked"))
                    .isEqualTo("1");

            registerHundred("read committed");
            assertThat(oldChanges()).isEqualTo("10");
            other.connection().rollback();
        }
        registerHundred("repeatable read");
        assertThat(oldChanges()).as("nor where it could fail").isEqualTo("10");
        registerHundred("read committed");
        assertThat(oldChanges()).isEqualTo("0");
    }

    @Test
    void owner_withSqlOfHisOwn_isTold() throws SQLException {
        try (Sql owner = new Sql(database.database().connect())) {
            UUID search = PreparedDatabase.newId();
            owner.run(
                    "insert into snagr.searches (user_id, id, query_text, parameters) values (?, ?, 'x', '{}')",
                    alice,
                    search);

            assertTold(told("searches", alice, search));
        }
    }

    @Test
    void write_asAReplica_isTold() throws SQLException {
        Savepoint before = begin();
        admin.run("set local session_replication_role = replica");
        UUID search = database.search(alice, "x");

        assertTold(told("searches", alice, search));
        rollback(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alter table snagr.searches disable trigger tell_update",
                "alter table snagr.matches enable trigger tell_insert",
                "alter table snagr.unlocks enable replica trigger tell_truncate",
                "alter table snagr.subject_keys disable trigger user",
                "drop trigger tell_delete on snagr.users"
            })
    void prepare_withATriggerThatDoesNotAlwaysTell_isRefused(String damage) throws SQLException {
        try (PreparedDatabase own = PreparedDatabase.create()) {
            own.admin().run(damage);

            assertThatThrownBy(() -> Schema.prepare(own.database().address(), Optional.empty(), DatabaseRole.ours()))
                    .isInstanceOf(SnagrDataException.Misconfigured.class)
                    .hasMessageContaining("is missing or not ENABLE ALWAYS, so changes are not told");
        }
    }

    private static void oldChanges(int number, int days) throws SQLException {
        admin.run("insert into snagr.change_outbox (kind, created_at)"
                + " select 'matches', now() - interval '%d days' from generate_series(1, %d)".formatted(days, number));
    }

    private static String oldChanges() throws SQLException {
        return admin.one("select count(*) from snagr.change_outbox where created_at < now() - interval '3 days'");
    }

    /** So many that their writer deletes old changes each time. */
    private static void registerHundred(String isolation) throws SQLException {
        try (Sql sql = new Sql(database.database().adminConnection())) {
            sql.run("set default_transaction_isolation = '" + isolation + "'");
            sql.run("insert into snagr.users (id, email, email_key) select id, id || '@a.example', id || '@a.example'"
                    + " from (select gen_random_uuid() as id from generate_series(1, 100)) fresh");
        }
    }

    private static Savepoint begin() throws SQLException {
        admin.connection().setAutoCommit(false);
        return admin.connection().setSavepoint();
    }

    private static void rollback(Savepoint before) throws SQLException {
        admin.connection().rollback(before);
        admin.rollback();
    }

    private static void assertTold(String... expected) throws SQLException {
        List<String> told = admin.list("""
            select kind, user_id, (select string_agg(key::text, ',' order by key::text) from unnest(keys) key)
            from snagr.change_outbox""");
        assertThat(told).containsExactlyInAnyOrder(expected);
    }

    private static String told(String kind, UUID user, UUID... keys) {
        TreeSet<String> sorted = new TreeSet<>();
        Collections.addAll(sorted, List.of(keys).stream().map(UUID::toString).toArray(String[]::new));
        return kind + "|" + user + "|" + String.join(",", sorted);
    }
}

package ai.snagr.data.postgres.internal.schema;

import static ai.snagr.data.postgres.internal.schema.PreparedDatabase.newId;
import static ai.snagr.data.postgres.internal.schema.PreparedDatabase.sealed;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the serving login reaches by raw SQL, with nothing of the library in between. */
final class RowSecurityIT {
    private static final String DENIED = "42501";
    private static final List<String> TABLES_OF_USERS = List.of(
            "subject_keys",
            "user_preferences",
            "searches",
            "saved_searches",
            "jobs",
            "matches",
            "payments",
            "unlocks",
            "notifications");

    private static PreparedDatabase database;

    private Sql serving;
    private UUID alice;
    private UUID bob;
    private UUID search;
    private UUID match;

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
        serving = database.serving();
        alice = database.user();
        bob = database.user();
        fill(alice);
        match = fill(bob);
        search = UUID.fromString(database.admin().one("select search_id from snagr.matches where user_id = ?", bob));
    }

    /** Gives the user a row in every table, and returns the match. */
    private static UUID fill(UUID user) throws SQLException {
        Sql admin = database.admin();
        UUID wanted = database.search(user, "red bicycle");
        database.savedSearch(user, wanted, "daily", "1 hour");
        UUID found = database.match(user, wanted, database.job(user, wanted), "a red bicycle");
        database.unlock(user, found, database.payment(user, found));
        admin.run("insert into snagr.subject_keys values (?, 1, 1, '\\x00')", user);
        admin.run("insert into snagr.user_preferences (user_id) values (?)", user);
        admin.run(
                "insert into snagr.notifications (user_id, id, search_id, channel, content) values (?, ?, ?, 'email', 'x')",
                user,
                newId(),
                wanted);
        return found;
    }

    @AfterEach
    void close() throws SQLException {
        serving.close();
    }

    @Test
    void statement_withoutRole_isDenied() {
        for (String table : TABLES_OF_USERS) {
            assertDenied(() -> serving.list("select user_id from snagr." + table));
        }
        assertDenied(() -> serving.list("select * from snagr.login_lookup('x')"));
        assertDenied(() -> serving.list("select id from snagr.deployment"));
    }

    @Test
    void select_byUser_returnsOwnRowsOnly() throws SQLException {
        for (String table : TABLES_OF_USERS) {
            assertThat(serving.as("snagr_user", alice, () -> serving.list("select user_id from snagr." + table)))
                    .as(table)
                    .containsExactly(alice.toString());
        }
        assertThat(serving.as("snagr_user", alice, () -> serving.list("select id from snagr.users")))
                .containsExactly(alice.toString());
    }

    @Test
    void select_withRoleButWithoutClaims_returnsNothing() throws SQLException {
        for (String table : TABLES_OF_USERS) {
            assertThat(serving.as("snagr_user", () -> serving.list("select user_id from snagr." + table)))
                    .as(table)
                    .isEmpty();
        }
    }

    @Test
    void select_afterTheTransaction_isDeniedAgain() throws SQLException {
        serving.as("snagr_user", alice, () -> serving.list("select id from snagr.searches"));

        assertDenied(() -> serving.list("select id from snagr.searches"));
    }

    @Test
    void insert_ofAnotherUsersRow_isDenied() {
        assertDenied(() -> serving.as(
                "snagr_user",
                alice,
                () -> serving.run(
                        "insert into snagr.searches (user_id, id, query_text, parameters) values (?, ?, 'x', '{}')",
                        bob,
                        newId())));
        assertDenied(() -> serving.as(
                "snagr_matcher",
                alice,
                () -> serving.run(
                        "insert into snagr.subject_keys (user_id, key_id, wrapped_by, wrapped) values (?, 2, 1, '\\x00')",
                        bob)));
    }

    @Test
    void updateAndDelete_ofAnotherUsersRow_changeNothing() throws SQLException {
        assertThat(serving.as(
                        "snagr_user",
                        alice,
                        () -> serving.run("update snagr.searches set last_activity_at = now() where user_id = ?", bob)))
                .isZero();
        assertThat(serving.as(
                        "snagr_user",
                        alice,
                        () -> serving.run("delete from snagr.saved_searches where user_id = ?", bob)))
                .isZero();
        assertThat(serving.as(
                        "snagr_payments",
                        alice,
                        () -> serving.run("update snagr.unlocks set revoked_at = now() where user_id = ?", bob)))
                .isZero();
    }

    @Test
    void update_toAnotherUser_isDenied() {
        assertDenied(() -> serving.as(
                "snagr_user",
                alice,
                () -> serving.run("update snagr.saved_searches set user_id = ? where user_id = ?", bob, alice)));
    }

    @Test
    void externalListingId_byUser_isDenied() {
        assertDenied(() ->
                serving.as("snagr_user", alice, () -> serving.list("select external_listing_id from snagr.matches")));
        assertDenied(() -> serving.as(
                "snagr_user",
                alice,
                () -> serving.list("select id from snagr.matches where external_listing_id = 'x'")));
    }

    @Test
    void unlockedListingId_byUser_isOfOwnStandingUnlocksAlone() throws SQLException {
        String question = "select snagr.unlocked_listing_id(?)";
        UUID locked = database.match(bob, search, jobOf(search), "not paid for");

        assertThat(serving.as("snagr_user", bob, () -> serving.one(question, match)))
                .isEqualTo(match.toString());
        assertThat(serving.as("snagr_user", bob, () -> serving.one(question, locked)))
                .isEmpty();
        assertThat(serving.as("snagr_user", alice, () -> serving.one(question, match)))
                .isEmpty();
        assertThat(serving.as("snagr_user", () -> serving.one(question, match))).isEmpty();
        database.admin().run("update snagr.unlocks set revoked_at = now() where user_id = ?", bob);
        assertThat(serving.as("snagr_user", bob, () -> serving.one(question, match)))
                .isEmpty();
    }

    @Test
    void passwordHash_byUserAuthAndAdmin_isDenied() {
        for (String role : List.of("snagr_user", "snagr_auth", "snagr_admin", "snagr_notifier")) {
            assertDenied(() -> serving.as(role, alice, () -> serving.list("select password_hash from snagr.users")));
        }
    }

    @Test
    void insert_ofAJobThatIsNotPending_isDenied() throws SQLException {
        UUID mine = database.search(alice, "x");
        String insert =
                "insert into snagr.jobs (user_id, id, search_id, origin, status, lease_token, started_at) values";

        assertDenied(() -> serving.as(
                "snagr_user",
                alice,
                () -> serving.run(insert + " (?, ?, ?, 'rerun', 'running', ?, now())", alice, newId(), mine, newId())));
        assertDenied(() -> serving.as(
                "snagr_user",
                alice,
                () -> serving.run(insert + " (?, ?, ?, 'rerun', 'pending', null, now())", alice, newId(), mine)));
        assertThat(serving.as(
                        "snagr_user",
                        alice,
                        () -> serving.run(insert + " (?, ?, ?, 'rerun', 'pending', null, null)", alice, newId(), mine)))
                .isOne();
    }

    @Test
    void insert_ofAPaymentThatIsNotPending_isDenied() throws SQLException {
        UUID found = database.search(alice, "x");
        UUID mine = database.match(alice, found, database.job(alice, found), "y");
        String insert =
                "insert into snagr.payments (user_id, id, match_id, stripe_payment_id, amount_minor, currency, status)"
                        + " values (?, ?, ?, ?, 1, 'USD', ?)";

        assertDenied(() -> serving.as(
                "snagr_user", alice, () -> serving.run(insert, alice, newId(), mine, stripeId(), "completed")));
        assertThat(serving.as(
                        "snagr_user", alice, () -> serving.run(insert, alice, newId(), mine, stripeId(), "pending")))
                .isOne();
    }

    @Test
    void insert_ofAJobForAnotherUsersSearch_isRefused() throws SQLException {
        UUID bobs = database.search(bob, "x");

        assertState(
                "23503",
                () -> serving.as(
                        "snagr_user",
                        alice,
                        () -> serving.run(
                                "insert into snagr.jobs (user_id, id, search_id, origin) values (?, ?, ?, 'rerun')",
                                alice,
                                newId(),
                                bobs)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "null", "{}", "[]", "\"x\"", "7", "{", "{\"sub\":\"x\"}", "{\"sub\":7}", "{\"sub\":null}"})
    void currentUserId_withoutAValidSub_isNullAndNeverRaises(String claims) throws SQLException {
        Sql admin = database.admin();
        admin.run("select set_config('request.jwt.claims', ?, false)", claims);

        assertThat(admin.one("select snagr.current_user_id() is null")).isEqualTo("t");
    }

    @Test
    void currentUserId_withASub_isThatUser() throws SQLException {
        Sql admin = database.admin();
        admin.run("select set_config('request.jwt.claims', ?, false)", "{\"sub\":\"" + alice + "\"}");

        assertThat(admin.one("select snagr.current_user_id()")).isEqualTo(alice.toString());
    }

    @Test
    void loginLookup_ofOneAddress_isForAuthAlone() throws SQLException {
        database.admin().run("update snagr.users set password_hash = '$argon2id$x' where id = ?", alice);

        assertThat(serving.as(
                        "snagr_auth",
                        () -> serving.list(
                                "select id, is_active, deleted_at, password_hash from snagr.login_lookup(?)",
                                alice + "@a.example")))
                .containsExactly(alice + "|t||$argon2id$x");
        assertThat(serving.as("snagr_auth", () -> serving.list("select id from snagr.login_lookup('nobody')")))
                .isEmpty();
        for (String role : List.of("snagr_user", "snagr_admin", "snagr_worker", "snagr_payments")) {
            assertDenied(() -> serving.as(role, alice, () -> serving.list("select id from snagr.login_lookup('x')")));
        }
    }

    @Test
    void plaintext_inASealedColumn_isRefused() throws SQLException {
        UUID phones = database.user();
        String phone = "insert into snagr.user_preferences (user_id, phone_number) values (?, ?)";
        assertState(
                "23514",
                () -> serving.as("snagr_user", phones, () -> serving.run(phone, phones, "+4912345".getBytes(UTF_8))));
        assertState("23514", () -> serving.as("snagr_user", phones, () -> serving.run(phone, phones, new byte[200])));
        assertState("23514", () -> serving.as("snagr_user", phones, () -> serving.run(phone, phones, sealed(159))));

        assertState("23514", () -> update("seller_info", "{}".getBytes(UTF_8)));
        assertState("23514", () -> update("seller_info", new byte[200]));
        assertState("23514", () -> update("listing_url", sealed(607)));
        assertState("23514", () -> update("listing_url", new byte[608]));
        assertThat(update("listing_url", sealed(608))).isOne();
    }

    @Test
    void frozenMatch_sealedColumns_cannotChange() throws SQLException {
        database.admin().run("update snagr.matches set frozen = true where user_id = ?", bob);
        byte[] other = sealed(256);

        assertState("55000", () -> update("seller_info", other));
        assertState("55000", () -> update("listing_url", sealed(1120)));
        assertThat(update("seller_info", sealed())).as("the same bytes").isOne();
        assertThat(update("price_minor", 7L)).as("a plain column").isOne();
    }

    @Test
    void frozen_byMatcher_cannotBeSet() {
        assertDenied(() -> update("frozen", false));
    }

    @Test
    void unlockedMatch_itsJobAndItsSearch_cannotBeDeleted() throws SQLException {
        // 23001 from PostgreSQL 18 on: https://www.postgresql.org/docs/18/release-18.html
        assertThatThrownBy(() -> serving.as(
                        "snagr_user",
                        bob,
                        () -> serving.run("delete from snagr.searches where user_id = ? and id = ?", bob, search)))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isIn("23503", "23001"));
        assertThat(database.admin().one("select count(*) from snagr.matches where id = ?", match))
                .isEqualTo("1");
    }

    @Test
    void search_deleted_takesJobsAndMatchesAlongAndLeavesThePayment() throws SQLException {
        UUID mine = database.search(alice, "x");
        UUID found = database.match(alice, mine, database.job(alice, mine), "y");
        UUID payment = database.payment(alice, found);

        serving.as(
                "snagr_user",
                alice,
                () -> serving.run("delete from snagr.searches where user_id = ? and id = ?", alice, mine));

        assertThat(database.admin().one("select count(*) from snagr.jobs where search_id = ?", mine))
                .isEqualTo("0");
        assertThat(database.admin().one("select count(*) from snagr.matches where search_id = ?", mine))
                .isEqualTo("0");
        assertThat(database.admin().one("select user_id, match_id from snagr.payments where id = ?", payment))
                .isEqualTo(alice + "|");
    }

    @Test
    void auditEvent_inOnesOwnName_isWrittenAndCannotBeReadBack() throws SQLException {
        UUID event = newId();

        assertThat(audit("snagr_user", Optional.of(alice), event, alice.toString()))
                .isOne();

        assertDenied(() -> serving.as("snagr_user", alice, () -> serving.list("select id from snagr.audit_events")));
        assertThat(serving.as(
                        "snagr_auditor",
                        () -> serving.one("select actor, role, action from snagr.audit_events where id = ?", event)))
                .isEqualTo(alice + "|snagr_user|reveal");
    }

    @Test
    void auditEvent_inAnotherName_isDenied() {
        assertDenied(() -> audit("snagr_user", Optional.of(alice), newId(), bob.toString()));
        assertDenied(() -> audit("snagr_matcher", Optional.empty(), newId(), "snagr_admin"));
        assertDenied(() -> serving.as(
                "snagr_user",
                alice,
                () -> serving.run(
                        "insert into snagr.audit_events (id, actor, role, action) values (?, ?, 'snagr_admin', 'reveal')",
                        newId(),
                        alice.toString())));
        assertDenied(() -> serving.as(
                "snagr_user",
                alice,
                () -> serving.run(
                        "insert into snagr.audit_events (id, actor, action, created_at) values (?, ?, 'reveal', now())",
                        newId(),
                        alice.toString())));
    }

    @Test
    void auditEvent_ofAnAdmin_namesTheAdmin() throws SQLException {
        serving.begin("snagr_admin", Optional.empty());
        serving.run("select set_config('request.jwt.claims',"
                + " (current_setting('request.jwt.claims')::jsonb || '{\"admin\":\"eve\"}')::text, true)");

        assertThat(serving.run(
                        "insert into snagr.audit_events (id, actor, action) values (?, 'eve', 'admin_statement')",
                        newId()))
                .isOne();
        assertDenied(() -> serving.run(
                "insert into snagr.audit_events (id, actor, action) values (?, 'mallory', 'admin_statement')",
                newId()));
        serving.rollback();
    }

    @Test
    void admin_whileTheProofCounts_readsAndWritesAcrossUsers() throws SQLException {
        assertThat(admin("{\"exp\":" + inSeconds(60) + "}", "select id from snagr.users where id = '" + alice + "'"))
                .isOne();
        assertThat(admin(
                        "{\"exp\":" + inSeconds(3_600) + "}",
                        "update snagr.users set is_active = true where id = '" + alice + "'"))
                .isOne();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"exp\":null}",
                "{\"exp\":\"soon\"}",
                "{\"exp\":true}",
                "{\"exp\":[9999999999]}",
                "{\"exp\":{\"exp\":9999999999}}",
                "{\"exp\":-1}",
                "{\"exp\":0}",
                "{\"exp\":1e400}",
                "{\"exp\":99999999999999999999}",
                "{\"exp\":999999999999}",
                "{\"exp\":1000000000}",
                "{\"exp\":%s.5}",
                "{\"Exp\":%s}",
                "[%s]",
                "null",
                ""
            })
    void admin_withoutAProofThatCounts_seesAndWritesNothing(String claims) throws SQLException {
        String sent = claims.formatted(inSeconds(60));
        for (String select : List.of("select id from snagr.users", "select name from snagr.system_settings")) {
            assertThat(admin(sent, select)).as(select).isZero();
        }
        assertThat(admin(sent, "update snagr.users set is_active = false where id = '" + alice + "'"))
                .isZero();
        assertDenied(() -> admin(sent, "insert into snagr.system_settings (name, value) values ('a', 'b')"));
        assertDenied(() -> admin(
                sent,
                "insert into snagr.audit_events (id, actor, action) values ('" + newId()
                        + "', 'eve', 'admin_statement')"));
    }

    @Test
    void admin_whoseProofExpiredASecondAgoOrReachesTooFar_seesNothing() throws SQLException {
        for (long seconds : List.of(-1L, 4_000L)) {
            assertThat(admin("{\"exp\":" + inSeconds(seconds) + "}", "select id from snagr.users"))
                    .as("expiry in %d seconds", seconds)
                    .isZero();
        }
    }

    private int admin(String claims, String statement) throws SQLException {
        return serving.as("snagr_admin", () -> {
            serving.run("select set_config('request.jwt.claims', ?, true)", claims);
            return serving.run(statement);
        });
    }

    private static String inSeconds(long seconds) throws SQLException {
        return database.admin().one("select extract(epoch from now())::bigint + " + seconds);
    }

    @Test
    void auditEvents_forEveryone_areAppendOnly() throws SQLException {
        audit("snagr_user", Optional.of(alice), newId(), alice.toString());

        for (String statement : List.of(
                "update snagr.audit_events set reason = 'x'",
                "delete from snagr.audit_events",
                "truncate snagr.audit_events")) {
            assertState("55000", () -> database.admin().run(statement));
            assertDenied(() -> serving.as("snagr_auditor", () -> serving.run(statement)));
        }
    }

    @Test
    void stagedRows_copiedByBulk_areSeenByTheirUsersMatcherAlone() throws SQLException {
        UUID run = newId();
        String row = "insert into snagr.staging_matches (run_id, user_id, record_no, id, external_listing_id, title,"
                + " price_minor, currency, seller_info, listing_url, relevance_score)"
                + " values (?, ?, 1, ?, 'x', 'x', 1, 'USD', ?, ?, 0)";
        serving.as("snagr_bulk", () -> serving.run(row, run, alice, newId(), sealed(), sealed(608)));
        serving.as("snagr_bulk", () -> serving.run(row, run, bob, newId(), sealed(), sealed(608)));

        String staged = "select user_id from snagr.staging_matches where run_id = ?";
        assertThat(serving.as("snagr_matcher", alice, () -> serving.list(staged, run)))
                .containsExactly(alice.toString());
        assertDenied(() ->
                serving.as("snagr_matcher", alice, () -> serving.run(row, run, alice, newId(), sealed(), sealed(608))));
        assertDenied(() -> serving.as("snagr_user", alice, () -> serving.list(staged, run)));
        assertState(
                "23514",
                () -> serving.as(
                        "snagr_bulk", () -> serving.run(row, newId(), alice, newId(), new byte[160], sealed(608))));
    }

    @Test
    void copy_intoStaging_isForBulkAlone() throws SQLException {
        String copy = "copy snagr.staging_matches (run_id, user_id, record_no) from stdin";
        assertState(
                "0A000",
                () -> serving.as(
                        "snagr_matcher", alice, () -> copyNothing("copy snagr.matches (user_id, id) from stdin")));
        assertThat(serving.as("snagr_bulk", () -> copyNothing(copy))).isZero();
    }

    private long copyNothing(String copy) throws SQLException {
        return serving.connection()
                .unwrap(org.postgresql.PGConnection.class)
                .getCopyAPI()
                .copyIn(copy)
                .endCopy();
    }

    private int audit(String role, Optional<UUID> user, UUID event, String actor) throws SQLException {
        return serving.as(
                role,
                user,
                () -> serving.run(
                        "insert into snagr.audit_events (id, actor, role, action) values (?, ?, ?, 'reveal')",
                        event,
                        actor,
                        role));
    }

    /** Changes the match of Bob as the matcher on his behalf. */
    private int update(String column, Object value) throws SQLException {
        return serving.as(
                "snagr_matcher",
                bob,
                () -> serving.run(
                        "update snagr.matches set " + column + " = ? where user_id = ? and id = ?", value, bob, match));
    }

    private static void assertDenied(ThrowingCallable call) {
        assertState(DENIED, call);
    }

    private static void assertState(String state, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SQLException.class,
                        e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(state));
    }

    private static UUID jobOf(UUID search) throws SQLException {
        return UUID.fromString(database.admin().one("select id from snagr.jobs where search_id = ?", search));
    }

    private static String stripeId() {
        return "pi_" + newId().toString().replace("-", "");
    }
}

package ai.snagr.data.postgres;

import ai.snagr.data.search.SearchId;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.user.UserId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/**
 * Rows in such numbers that the planner has a reason to choose: 20,000 users with a little each, and one with much. What is
 * sealed is filler and does not open.
 */
final class CrowdedStore {
    private static final String SEALED_SELLER = "'\\xfe01'::bytea || decode(repeat('00', 158), 'hex')";
    private static final String SEALED_URL = "'\\xfe01'::bytea || decode(repeat('00', 606), 'hex')";

    private static final String MATCH_COLUMNS =
            "user_id, id, search_id, job_id, external_listing_id, title, price_minor,"
                    + " currency, seller_info, listing_url, distance_meters, relevance_score";

    private static final String MATCH_VALUES = "md5('match' || n)::uuid, %s, md5('job' || n)::uuid, 'listing-' || n,"
            + " 'theremin ' || n, n, 'USD', " + SEALED_SELLER + ", " + SEALED_URL + ", n %% 5000, n %% 9973 / 9973.0";

    private CrowdedStore() {}

    /** The user with much. */
    static UserId heavyUser() {
        return new UserId(named("user1"));
    }

    /** His search with 10,000 matches and 3,000 jobs. */
    static SearchId heavySearch() {
        return new SearchId(named("search1"));
    }

    /** A search of his that is newer than the statistics: see {@link #fillWithSmallSearches}. */
    static SearchId newSearch() {
        return new SearchId(named("new search"));
    }

    static void fill(TestDatabase database) throws SQLException {
        execute(
                database,
                """
                insert into snagr.users (id, email, email_key)
                select md5('user' || n)::uuid, n || '@example.org', n || '@example.org'
                from generate_series(1, 20000) n""",
                """
                insert into snagr.subject_keys (user_id, key_id, wrapped_by, wrapped)
                select id, 1, 1, '\\x00' from snagr.users""",
                "insert into snagr.user_preferences (user_id) select id from snagr.users",
                // The first 300 searches are those of the heavy user, the others have a user each.
                """
                insert into snagr.searches (user_id, id, query_text, parameters, created_at)
                select md5('user' || greatest(1, n - 299))::uuid, md5('search' || n)::uuid, 'theremin ' || n, '{}',
                  now() - n * interval '1 minute'
                from generate_series(1, 20299) n""",
                """
                insert into snagr.saved_searches (user_id, id, search_id, status, frequency, next_run_at, created_at)
                select user_id, id, id, case when n % 10 = 0 then 'paused' else 'active' end, 'daily',
                  now() + case when n % 200 = 1 then -1 else 1 end * n * interval '1 minute', created_at
                from (select *, row_number() over (order by created_at desc) as n from snagr.searches) s""",
                """
                insert into snagr.jobs (user_id, id, search_id, status, origin, available_at, created_at, completed_at)
                select user_id, md5('job' || n)::uuid, id, status, 'rerun', at, at,
                  case when status in ('completed', 'failed') then at end
                from (
                  select s.*, row_number() over () as n, now() - row_number() over () * interval '1 second' as at,
                    case (row_number() over ()) % 50 when 0 then 'pending' when 1 then 'failed' else 'completed' end
                      as status
                  from snagr.searches s
                  cross join generate_series(1, case when s.id = md5('search1')::uuid then 3000 else 2 end)) as made""",
                """
                insert into snagr.batch_keys (user_id, id, search_id, job_id, key_id, lock_version, sealed)
                select user_id, id, search_id, id, 1, 1, '\\xfe01'::bytea || decode(repeat('00', 1174), 'hex')
                from snagr.jobs
                where id < '20000000-0000-0000-0000-000000000000'""",
                // 10,000 of the heavy search, 20,000 of the heavy user's others, and one for each other user
                "insert into snagr.matches (" + MATCH_COLUMNS + ") select md5('user' || greatest(1, n - 29999))::uuid, "
                        + MATCH_VALUES.formatted("md5('search' || case when n <= 10000 then 1 when n <= 30000"
                                + " then 2 + n % 299 else n - 29999 + 299 end)::uuid")
                        + " from generate_series(1, 49999) n",
                """
                insert into snagr.payments
                  (user_id, id, match_id, stripe_payment_id, amount_minor, currency, status, created_at)
                select user_id, id, id, 'pi_' || replace(id::text, '-', ''), 500, 'USD', 'completed',
                  now() - n * interval '1 second'
                from (select *, row_number() over (order by price_minor) as n from snagr.matches) m
                where n <= 3000 or n > 40000""",
                """
                insert into snagr.unlocks (user_id, id, match_id, payment_id, unlocked_at, revoked_at)
                select user_id, id, id, id, created_at, case when id::text < '2' then now() end
                from snagr.payments""",
                """
                insert into snagr.notifications
                  (user_id, id, search_id, channel, status, content, available_at, created_at)
                select user_id, md5('notification' || n)::uuid, search_id, 'email',
                  case n % 50 when 0 then 'pending' else 'sent' end, 'New listings', at, at
                from (
                  select *, row_number() over (order by price_minor) as n,
                    now() - row_number() over (order by price_minor) * interval '1 second' as at
                  from snagr.matches) m
                where n <= 3000 or n > 30000""",
                """
                insert into snagr.audit_events (id, created_at, actor, role, action)
                select md5('event' || n)::uuid, now() - n * interval '1 second',
                  md5('user' || greatest(1, n - 3000))::uuid::text, 'snagr_user', 'reveal'
                from generate_series(1, 20000) n""",
                """
                insert into snagr.change_outbox (xid, user_id, kind, keys)
                select cast(cast(3 + n / 50 as text) as xid8), md5('user' || greatest(1, n - 3000))::uuid, 'matches',
                  array[md5('search' || n)::uuid]
                from generate_series(1, 20000) n""",
                """
                insert into snagr.audit_leaves (leaf_index, event_id, leaf_hash)
                select row_number() over (order by xid, id) - 1, id, sha256(id::text::bytea)
                from snagr.audit_events""",
                "analyze");
    }

    /**
     * One user with 20,000 searches of one match each, which is all that the statistics know, and then one search of his
     * with 2,000 matches.
     */
    static void fillWithSmallSearches(TestDatabase database) throws SQLException {
        execute(
                database,
                "insert into snagr.matches (" + MATCH_COLUMNS + ") select md5('user1')::uuid, "
                        + MATCH_VALUES.formatted("md5('search' || n)::uuid") + " from generate_series(1, 20000) n",
                "analyze",
                "insert into snagr.matches (" + MATCH_COLUMNS + ") select md5('user1')::uuid, "
                        + MATCH_VALUES.formatted("md5('new search')::uuid") + " from generate_series(20001, 22000) n");
    }

    /** Has the server send the plan of each statement that the store's login runs from its next connection on. */
    static void sendPlans(TestDatabase database, String planCacheMode) throws SQLException {
        String role = "alter role snagr_app in database " + database.name() + " set ";
        execute(
                database,
                role + "session_preload_libraries = 'auto_explain'",
                role + "auto_explain.log_min_duration = 0",
                role + "auto_explain.log_nested_statements = on",
                role + "auto_explain.log_format = json",
                role + "auto_explain.log_level = notice",
                role + "plan_cache_mode = " + planCacheMode);
    }

    /** As many checkpoints as two days make, below the one that is there. */
    static void repeatCheckpoints(TestDatabase database) throws SQLException {
        execute(database, """
                insert into snagr.audit_checkpoints (tree_size, xid, tree_range, note)
                select n, c.xid, c.tree_range, c.note
                from (select * from snagr.audit_checkpoints order by tree_size desc limit 1) c,
                  generate_series(1, 3000) n
                on conflict do nothing""", "analyze snagr.audit_checkpoints, snagr.audit_events, snagr.audit_leaves");
    }

    /** As a superuser, and without the triggers, so without the foreign keys. */
    static void execute(TestDatabase database, String... statements) throws SQLException {
        try (Connection admin = database.adminConnection();
                Statement statement = admin.createStatement()) {
            statement.execute("set session_replication_role = replica");
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** What {@code md5(name)::uuid} is in SQL. */
    private static UUID named(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("MD5").digest(name.getBytes(StandardCharsets.US_ASCII));
            ByteBuffer bytes = ByteBuffer.wrap(hash);
            return new UUID(bytes.getLong(), bytes.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}

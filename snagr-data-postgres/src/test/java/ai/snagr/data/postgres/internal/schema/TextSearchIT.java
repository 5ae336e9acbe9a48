package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The text search functions: whose rows they return, in which order, and by which index. */
final class TextSearchIT {
    private static PreparedDatabase database;
    private static Sql sql;
    private static UUID alice;
    private static UUID bob;
    private static UUID search;

    @BeforeAll
    static void prepare() throws SQLException {
        database = PreparedDatabase.create();
        sql = database.serving();
        alice = database.user();
        bob = database.user();
        search = database.search(alice, "red bicycle, steel frame");
        UUID bobs = database.search(bob, "red bicycle");
        database.match(bob, bobs, database.job(bob, bobs), "Zebra saddle");
    }

    @AfterAll
    static void close() throws SQLException {
        sql.close();
        database.close();
    }

    @Test
    void searchMatches_ofAnotherUser_returnsNothing() throws SQLException {
        UUID bobs = UUID.fromString(database.admin().one("select id from snagr.searches where user_id = ?", bob));

        assertThat(matches(bob, bobs, "zebra")).hasSize(1);
        assertThat(matches(alice, bobs, "zebra")).isEmpty();
    }

    @Test
    void searchMatches_withoutAUser_returnsNothing() throws SQLException {
        String found = sql.as(
                "snagr_user",
                () -> sql.one(
                        "select count(*) from snagr.search_matches(?, 'saddle', null, null, null, null, null, null, 20)",
                        search));

        assertThat(found).isEqualTo("0");
    }

    @Test
    void searchMatches_filtersAndPages_bestFirst() throws SQLException {
        UUID mine = database.search(alice, "lamp");
        UUID run = database.job(alice, mine);
        for (int i = 1; i <= 6; i++) {
            UUID match = database.match(alice, mine, run, "Brass lamp " + i);
            database.admin()
                    .run(
                            "update snagr.matches set price_minor = ?, distance_meters = ?, relevance_score = ? where id = ?",
                            i * 100L,
                            i * 1000,
                            i <= 3 ? 0.9 : 0.1 * i,
                            match);
        }
        UUID foreign = database.match(alice, mine, run, "Brass lamp in euros");
        database.admin().run("update snagr.matches set currency = 'EUR', price_minor = 300 where id = ?", foreign);

        List<String> all = titles(mine, "lamp -euros", null, null, null, null, Optional.empty(), 20);
        assertThat(all)
                .containsExactly(
                        "Brass lamp 3", "Brass lamp 2", "Brass lamp 1", "Brass lamp 6", "Brass lamp 5", "Brass lamp 4");
        assertThat(titles(mine, "lamp", 200L, 500L, "USD", 4000, Optional.empty(), 20))
                .containsExactly("Brass lamp 3", "Brass lamp 2", "Brass lamp 4");
        List<String> first = titles(mine, "lamp -euros", null, null, null, null, Optional.empty(), 2);
        List<String> second =
                titles(mine, "lamp -euros", null, null, null, null, Optional.of(cursor(mine, first.get(1))), 2);
        assertThat(first).containsExactly("Brass lamp 3", "Brass lamp 2");
        assertThat(second).containsExactly("Brass lamp 1", "Brass lamp 6");
    }

    @Test
    void searchMatches_forWordsWithoutMeaning_returnsNothing() throws SQLException {
        assertThat(matches(bob, search, "!!! --- ::")).isEmpty();
        assertThat(matches(bob, search, "\"unclosed & | ( ' \\")).isEmpty();
    }

    @Test
    void searchSearches_findsOwnOnes_newestFirst() throws SQLException {
        UUID newer = database.search(alice, "steel kettle");

        List<String> found = sql.as(
                "snagr_user",
                alice,
                () -> sql.list("select id, query_text from snagr.search_searches('steel', null, null, 20)"));
        List<String> ofBob = sql.as(
                "snagr_user", bob, () -> sql.list("select id from snagr.search_searches('steel', null, null, 20)"));

        assertThat(found).containsExactly(newer + "|steel kettle", search + "|red bicycle, steel frame");
        assertThat(ofBob).isEmpty();
        List<String> next = sql.as(
                "snagr_user",
                alice,
                () -> sql.list(
                        "select id from snagr.search_searches('steel', (select created_at from snagr.searches where id = ?), ?, 20)",
                        newer,
                        newer));
        assertThat(next).containsExactly(search.toString());
    }

    @Test
    void searchMatches_rareWordOfAUserWithManyRows_usesTheTextIndex() throws SQLException {
        UUID rich = database.user();
        UUID many = database.search(rich, "everything");
        UUID run = database.job(rich, many);
        database.admin().run("""
                insert into snagr.matches (user_id, id, search_id, job_id, external_listing_id, title, price_minor, currency,
                  seller_info, listing_url, relevance_score)
                select ?, gen_random_uuid(), ?, ?, i::text, 'Ordinary thing number ' || i, i, 'USD', ?, ?, random()
                from generate_series(1, 20000) i
                """, rich, many, run, PreparedDatabase.sealed(), PreparedDatabase.sealed(608));
        database.match(rich, many, run, "An astrolabe");
        database.admin().run("analyze snagr.matches");

        assertThat(matches(rich, many, "astrolabe")).hasSize(1);
        assertThat(plan(rich, many, "astrolabe")).contains("matches_by_text").doesNotContain("Seq Scan");
        assertThat(plan(rich, many, "ordinary"))
                .contains("matches_by_relevance")
                .doesNotContain("Seq Scan");
    }

    /**
     * Blocks, which do not depend on the machine. Without the index of the words it would be those of half the table.
     */
    @Test
    void searchMatches_ofTheUserWithHalfOfAll_readsAboutAsManyBlocksAsWithoutPolicies() throws SQLException {
        try (PreparedDatabase crowd = PreparedDatabase.create()) {
            UUID rich = UUID.randomUUID();
            UUID many = UUID.randomUUID();
            Sql admin = crowd.admin();
            admin.run("set session_replication_role = replica"); // no foreign keys
            admin.run("""
                    insert into snagr.matches (user_id, id, search_id, job_id, external_listing_id, title, price_minor,
                      currency, seller_info, listing_url, relevance_score)
                    select case when i % 2 = 0 then ?::uuid else md5((i % 2000)::text)::uuid end, gen_random_uuid(),
                      case when i % 2 = 0 then ?::uuid else md5((i % 2000)::text)::uuid end, gen_random_uuid(), i::text,
                      case when i % 10000 < 2 then 'astrolabe' else 'thing' end || ' number ' || i % 100, i, 'USD', ?, ?,
                      random()
                    from generate_series(1, 200000) i
                    """, rich, many, PreparedDatabase.sealed(), PreparedDatabase.sealed(608));
            admin.run("vacuum analyze snagr.matches"); // also moves the pending words into their index
            for (String word : List.of("astrolabe", "thing")) {
                long without = blocks(admin, """
                    select id, search_id, title, price_minor, currency, image_url, posted_at, distance_meters,
                      relevance_score, updated_at
                    from snagr.matches
                    where user_id = '%s' and search_id = '%s'
                      and search_tsv @@ websearch_to_tsquery('pg_catalog.simple', '%s')
                    order by relevance_score desc, id desc
                    limit 20
                    """.formatted(rich, many, word));
                admin.begin("snagr_user", Optional.of(rich));
                long with = blocks(
                        admin,
                        "select * from snagr.search_matches('%s', '%s', null, null, null, null, null, null, 20)"
                                .formatted(many, word));
                admin.commit();

                assertThat(without).as(word).isGreaterThan(2);
                assertThat(with).as(word + ", without policies " + without).isLessThan(3 * without + 50);
            }
        }
    }

    /** The blocks that a query asks for when it is run again, with what its functions ask for. */
    private static long blocks(Sql admin, String query) throws SQLException {
        admin.list(query);
        String plan = String.join("\n", admin.list("explain (analyze, buffers, costs off, timing off) " + query));
        Matcher shared = Pattern.compile("Buffers: shared(?: hit=(\\d+))?(?: read=(\\d+))?")
                .matcher(plan);
        assertThat(shared.find()).as(plan).isTrue();
        return Stream.of(1, 2)
                .map(shared::group)
                .filter(Objects::nonNull)
                .mapToLong(Long::parseLong)
                .sum();
    }

    /** The plan of the statement inside the function, as the function runs it. */
    private static String plan(UUID user, UUID mine, String words) throws SQLException {
        Sql admin = database.admin();
        admin.run("load 'auto_explain'");
        admin.run("set auto_explain.log_min_duration = 0");
        admin.run("set auto_explain.log_nested_statements = on");
        admin.run("set auto_explain.log_level = notice");
        admin.run("set client_min_messages = notice");
        admin.begin("snagr_user", Optional.of(user));
        try (var statement = admin.connection()
                .prepareStatement(
                        "select id from snagr.search_matches(?, ?, null, null, null, null, null, null, 20)")) {
            statement.setObject(1, mine);
            statement.setString(2, words);
            // From the sixth execution on PostgreSQL would take a plan that does not depend on the values.
            for (int i = 0; i < 7; i++) {
                statement.executeQuery().close();
            }
            StringBuilder plans = new StringBuilder();
            for (SQLException notice = statement.getWarnings(); notice != null; notice = notice.getNextException()) {
                plans.append(notice.getMessage()).append('\n');
            }
            return plans.toString();
        } finally {
            admin.rollback();
            admin.run("reset auto_explain.log_min_duration");
        }
    }

    private static List<String> matches(UUID user, UUID mine, String words) throws SQLException {
        return sql.as(
                "snagr_user",
                user,
                () -> sql.list(
                        "select id from snagr.search_matches(?, ?, null, null, null, null, null, null, 20)",
                        mine,
                        words));
    }

    private static List<String> titles(
            UUID mine,
            String words,
            @Nullable Long minPrice,
            @Nullable Long maxPrice,
            @Nullable String currency,
            @Nullable Integer maxDistance,
            Optional<UUID> after,
            int limit)
            throws SQLException {
        return sql.as(
                "snagr_user",
                alice,
                () -> sql.list(
                        "select title from snagr.search_matches(?, ?, ?::bigint, ?::bigint, ?, ?::integer,"
                                + " (select relevance_score from snagr.matches where id = ?::uuid), ?::uuid, ?)",
                        mine,
                        words,
                        minPrice,
                        maxPrice,
                        currency,
                        maxDistance,
                        after.orElse(null),
                        after.orElse(null),
                        limit));
    }

    private static UUID cursor(UUID mine, String title) throws SQLException {
        return UUID.fromString(
                database.admin().one("select id from snagr.matches where search_id = ? and title = ?", mine, title));
    }
}

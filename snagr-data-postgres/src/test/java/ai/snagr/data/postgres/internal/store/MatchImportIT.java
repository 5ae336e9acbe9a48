package ai.snagr.data.postgres.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Actor;
import ai.snagr.data.Money;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.WebUrl;
import ai.snagr.data.bulk.BulkReport;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.MatchRepository;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PoolSettings;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.Database;
import ai.snagr.data.postgres.internal.crypto.Sealer;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.UserId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a bulk write does to tables, locks and plans, seen from beside and below. */
@SnagrDataTest
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MatchImportIT {
    private static final String LOGIN = "match_import_it";
    private static final String PASSWORD = "not-a-secret";
    private static final String SELLER_CANARY = "canary-seller-2ba9";
    private static final String ADDRESS_CANARY = "canary-address-71fe";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final KeyProvider keys = Keys.ephemeral();
    private final UUID deployment = UUID.randomUUID();
    private final Sealer sealer = new Sealer(keys, deployment);
    private final SubjectKeys subjectKeys = new SubjectKeys(sealer, AllMatchRights.of(keys, deployment));
    private SnagrData data;
    private TestDatabase testDatabase;
    private Connection admin;
    private Database database;
    private UserId user;
    private SearchId search;
    private JobLease lease;

    @BeforeEach
    void arrange(SnagrData injectedData, TestDatabase injectedDatabase) throws SQLException {
        data = injectedData;
        testDatabase = injectedDatabase;
        admin = testDatabase.adminConnection();
        execute("do $$ begin if not exists (select from pg_roles where rolname = '" + LOGIN + "') then"
                + " create role " + LOGIN + " login noinherit password '" + PASSWORD + "'; end if; end $$");
        execute("grant snagr_user, snagr_matcher, snagr_bulk to " + LOGIN);
        database = open(PoolSettings.defaults());
        user = data.as(Actor.service(ServiceRole.AUTH))
                .users()
                .create(NewUser.of(EmailAddress.of(UUID.randomUUID() + "@example.org")))
                .id();
        search = data.as(Actor.user(user))
                .searches()
                .create(NewSearch.of("bicycle"))
                .id();
        lease = matcher().jobs().claim(Duration.ofMinutes(5), 1).get(0);
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        database.close();
        sealer.close();
        keys.close();
        admin.close();
    }

    @Test
    void upsertAll_rawFilesOfBothTables_holdNoSellerAndNoAddress() throws SQLException {
        // Else the file of the staged rows may have been cut before it is read.
        execute("alter table snagr.staging_matches set (autovacuum_enabled = false)");
        write(listings(300));
        write(listings(300).map(listing -> listing.withPrice(Money.of(3, "USD"))));
        execute("checkpoint");

        for (String table : List.of("matches", "staging_matches")) {
            assertThat(filesHold(table, "visible-title"))
                    .as("what may be seen in %s", table)
                    .isTrue();
            assertThat(filesHold(table, SELLER_CANARY))
                    .as("a seller in %s", table)
                    .isFalse();
            assertThat(filesHold(table, ADDRESS_CANARY))
                    .as("an address in %s", table)
                    .isFalse();
        }
    }

    @Test
    void upsertAll_equalRows_areNotTouched() throws SQLException {
        write(listings(100));
        Map<String, String> before = versions();

        BulkReport report = write(listings(100).map(MatchImportIT::changedIfEven));

        assertThat(report).isEqualTo(new BulkReport(0, 50, 50));
        Map<String, String> after = versions();
        for (int i = 0; i < 100; i++) {
            String id = "listing-" + i;
            boolean same = Objects.equals(after.get(id), before.get(id));
            assertThat(same).as("version, time of change and lock of %s", id).isEqualTo(i % 2 == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 700, 2_999})
    void upsertAll_streamFails_leavesNothingInEitherTable(int row) throws SQLException {
        Stream<NewMatch> broken = listings(3_000).peek(listing -> {
            if (listing.externalListingId().equals("listing-" + row)) {
                throw new IllegalStateException("the source broke");
            }
        });

        assertThatThrownBy(() -> write(broken)).hasMessage("the source broke");

        assertThat(count("staging_matches")).isZero();
        assertThat(count("matches")).isZero();
    }

    @Test
    void upsertAll_afterSuccessOrRefusal_leavesNothingStaged() throws SQLException {
        write(listings(10));
        assertThatThrownBy(() -> caller().transact("test", transaction -> {
                    assertThatThrownBy(() ->
                                    matches(transaction).upsertAll(lease, Stream.concat(listings(10), listings(1))))
                            .hasMessageContaining("1 and 11");
                    int staged = transaction.run(
                            "test",
                            handle -> handle.createQuery("select count(*) from snagr.staging_matches")
                                    .mapTo(Integer.class)
                                    .one());
                    throw new IllegalStateException("staged: " + staged);
                }))
                .hasMessage("staged: 0");

        assertThat(count("staging_matches")).isZero();
        assertThat(count("matches")).isEqualTo(10);
    }

    @Test
    void upsertAll_anotherWriterCommitsWhileTheStreamIsRead_seesItsRows() {
        Stream<NewMatch> slow = listings(20).peek(listing -> {
            if (listing.externalListingId().equals("listing-10")) {
                assertThat(inAnotherThread(() -> write(listings(15))).inserted())
                        .isEqualTo(15);
            }
        });

        assertThat(write(slow)).isEqualTo(new BulkReport(5, 0, 15));
    }

    @Test
    void upsertAll_anotherWriterHoldsTheTurn_waitsAndSeesItsRows() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        Future<BulkReport> first = threads.submit(() -> caller().transact("test", transaction -> {
            BulkReport report = matches(transaction).upsertAll(lease, listings(20));
            written.countDown();
            await(finish);
            return report;
        }));
        await(written);
        Future<BulkReport> second = threads.submit(() -> write(listings(25)));
        awaitWaiter();
        finish.countDown();

        assertThat(first.get()).isEqualTo(new BulkReport(20, 0, 0));
        assertThat(second.get()).isEqualTo(new BulkReport(5, 0, 20));
    }

    @Test
    void upsertAll_otherSearch_doesNotWait() throws Exception {
        SearchId other = data.as(Actor.user(user))
                .searches()
                .create(NewSearch.of("tricycle"))
                .id();
        JobLease otherLease = matcher().jobs().claim(Duration.ofMinutes(5), 1).get(0);
        assertThat(otherLease.searchId()).isEqualTo(other);

        BulkReport report = caller().transact("test", transaction -> {
            matches(transaction).upsertAll(lease, listings(5));
            return inAnotherThread(() -> matches(caller()).upsertAll(otherLease, listings(7)));
        });

        assertThat(report.inserted()).isEqualTo(7);
    }

    @Test
    void upsertAll_leaseRunsOutWhileTheStreamIsRead_isExtendedAndNotTakenOver() {
        List<JobLease> claimed = new ArrayList<>();
        List<JobLease> extended = new ArrayList<>();
        Stream<NewMatch> slow = listings(3).peek(listing -> {
            if (listing.externalListingId().equals("listing-1")) {
                inAnotherThread(() -> {
                    execute("update snagr.jobs set available_at = now() - interval '1 hour' where id = '"
                            + lease.jobId() + "'");
                    claimed.addAll(matcher().jobs().claim(Duration.ofMinutes(5), 10));
                    return extended.add(matcher().jobs().extend(lease, Duration.ofMinutes(5)));
                });
            }
        });

        assertThat(write(slow).inserted()).isEqualTo(3);

        assertThat(claimed).isEmpty();
        assertThat(extended).hasSize(1);
    }

    @Test
    void upsertAll_streamUsesTheSameTransaction_isRefusedAndTakenBack() throws SQLException {
        assertThatThrownBy(() -> caller().transact(
                                "test",
                                transaction -> matches(transaction)
                                        .upsertAll(
                                                lease,
                                                listings(3)
                                                        .peek(listing -> assertThat(matches(transaction)
                                                                        .listBySearch(search, MatchQuery.top(1)))
                                                                .isEmpty()))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("matches.listBySearch")
                .hasMessageContaining("stream");

        assertThat(count("matches")).isZero();
        assertThat(count("staging_matches")).isZero();
        assertThat(write(listings(3)).inserted()).isEqualTo(3);
    }

    @Test
    void upsertAll_streamSlowerThanTheTimeLimit_isNotCutOff() {
        try (Database impatient = open(PoolSettings.defaults().withStatementTimeout(Duration.ofMillis(500)))) {
            Stream<NewMatch> slow = listings(3).peek(listing -> {
                if (listing.externalListingId().equals("listing-1")) {
                    runUnchecked("select pg_sleep(1)");
                }
            });

            assertThat(matches(caller(impatient)).upsertAll(lease, slow).inserted())
                    .isEqualTo(3);
        }
    }

    /** Statistics that promise one match per search make every index of the user look equally good. */
    @Test
    void upsertAll_misleadingStatistics_looksUpByTheUniqueKey() throws SQLException {
        manySearchesOfOneMatch();
        write(listings(1_000));

        long[] reads = caller().transact("test", transaction -> {
            assertThat(matches(transaction).upsertAll(lease, listings(1_000).map(MatchImportIT::changedIfEven)))
                    .isEqualTo(new BulkReport(0, 500, 500));
            return transaction.run(
                    "test",
                    handle -> Stream.of("matches_listing_key", "matches_by_relevance", "matches_pkey")
                            .mapToLong(index -> entriesRead(handle, index))
                            .toArray());
        });

        assertThat(reads[0]).as("entries read of the unique key").isBetween(1_000L, 10_000L);
        assertThat(reads[1]).as("entries read of the index of pages").isLessThan(1_000);
        assertThat(reads[2]).as("entries read of the primary key").isLessThan(1_000);
    }

    /** A plan is kept from the sixth execution on; then it must not be one for a nearly empty staging table. */
    @Test
    void upsertAll_afterManySmallOnes_readsEachStagedRowOfALargeOneByIndex() {
        try (Database single = open(PoolSettings.defaults().withMaxConnections(1))) {
            MatchRepository matches = matches(caller(single));
            for (int i = 1; i <= 12; i++) {
                int count = i;
                assertThat(matches.upsertAll(lease, listings(count)).received()).isEqualTo(count);
            }
            long scans = caller(single).transact("test", transaction -> {
                assertThat(matches(transaction).upsertAll(lease, listings(20_012)))
                        .isEqualTo(new BulkReport(20_000, 0, 12));
                return transaction.run(
                        "test",
                        handle -> handle.createQuery("select seq_tup_read from pg_stat_xact_user_tables"
                                        + " where relid = 'snagr.staging_matches'::regclass")
                                .mapTo(Long.class)
                                .one());
            });

            // The look for repeated ids and the removal may read the table as a whole, once each.
            assertThat(scans).as("staged rows read without an index").isLessThanOrEqualTo(2 * 20_012L);
        }
    }

    private static long entriesRead(Handle handle, String index) {
        return handle.createQuery("select pg_stat_get_xact_tuples_returned(cast(:index as regclass))")
                .bind("index", "snagr." + index)
                .mapTo(Long.class)
                .one();
    }

    private static Stream<NewMatch> listings(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new NewMatch(
                        "listing-" + i,
                        "visible-title " + i,
                        Money.of(1_000 + i, "USD"),
                        "Red bicycle " + i,
                        null,
                        Sensitive.of(new SellerInfo(
                                SELLER_CANARY,
                                WebUrl.of("https://market.example.org/" + SELLER_CANARY),
                                SELLER_CANARY,
                                Map.of("note", SELLER_CANARY))),
                        Sensitive.of(WebUrl.of("https://market.example.org/" + ADDRESS_CANARY + "/" + i)),
                        null,
                        null,
                        0.5));
    }

    private static NewMatch changedIfEven(NewMatch listing) {
        return listing.price().minorUnits() % 2 == 0 ? listing.withPrice(Money.of(3, "USD")) : listing;
    }

    private BulkReport write(Stream<NewMatch> listings) {
        return matches(caller()).upsertAll(lease, listings);
    }

    private MatchRepository matches(Caller caller) {
        return new JdbiMatchRepository(caller, subjectKeys);
    }

    private Caller caller() {
        return caller(database);
    }

    private Caller caller(Database on) {
        return new Caller(
                on.statements(),
                on.auditStatements(),
                ActorContext.of(Actor.service(ServiceRole.MATCHER).onBehalfOf(user)));
    }

    private Session matcher() {
        return data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(user));
    }

    private Database open(PoolSettings settings) {
        return Database.open(new StoreAddress(testDatabase.jdbcUrl(), LOGIN, PASSWORD), settings);
    }

    private <T> T inAnotherThread(java.util.concurrent.Callable<T> work) {
        try {
            return threads.submit(work).get(60, TimeUnit.SECONDS);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private void awaitWaiter() throws SQLException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        String waiters = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
                + " and database = (select oid from pg_database where datname = current_database())";
        while (number(waiters) == 0) {
            assertThat(System.nanoTime()).as("nobody waits for the turn").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void manySearchesOfOneMatch() throws SQLException {
        execute("create temporary table other as"
                + " select gen_random_uuid() as user_id, gen_random_uuid() as search_id, gen_random_uuid() as job_id"
                + " from generate_series(1, 3000)");
        execute("insert into snagr.users (id, email, email_key)"
                + " select user_id, user_id || '@example.org', user_id || '@example.org' from other");
        execute("insert into snagr.searches (user_id, id, query_text, parameters)"
                + " select user_id, search_id, 'x', '{}' from other");
        execute("insert into snagr.jobs (user_id, id, search_id, status, origin)"
                + " select user_id, job_id, search_id, 'pending', 'first_run' from other");
        execute("insert into snagr.matches (user_id, id, search_id, job_id, external_listing_id, title, price_minor,"
                + " currency, seller_info, listing_url, relevance_score)"
                + " select user_id, gen_random_uuid(), search_id, job_id, 'x', 'x', 1, 'USD',"
                + " '\\xfe01'::bytea || decode(repeat('00', 158), 'hex'),"
                + " '\\xfe01'::bytea || decode(repeat('00', 606), 'hex'), 0.5 from other");
        execute("analyze snagr.matches");
    }

    /** What changes when a row is written or locked, by listing. */
    private Map<String, String> versions() throws SQLException {
        Map<String, String> versions = new java.util.HashMap<>();
        try (Statement statement = admin.createStatement();
                ResultSet rows = statement.executeQuery("select external_listing_id, xmin || ' ' || xmax || ' '"
                        + " || updated_at from snagr.matches where search_id = '" + search + "'")) {
            while (rows.next()) {
                versions.put(rows.getString(1), rows.getString(2));
            }
        }
        return versions;
    }

    /** Whether the bytes stand anywhere in the table's files, in rows that were deleted or replaced too. */
    private boolean filesHold(String table, String text) throws SQLException {
        String relations = "select pg_read_binary_file(pg_relation_filepath(oid)) from pg_class where oid in ("
                + "'snagr." + table + "'::regclass,"
                + " (select reltoastrelid from pg_class where oid = 'snagr." + table + "'::regclass))";
        try (PreparedStatement statement = admin.prepareStatement(
                "select coalesce(bool_or(position(? in file) > 0), false) from (" + relations + ") as files(file)")) {
            statement.setBytes(1, text.getBytes(StandardCharsets.UTF_8));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private long count(String table) throws SQLException {
        return number("select count(*) from snagr." + table + " where user_id = '" + user + "'");
    }

    private long number(String sql) throws SQLException {
        try (Statement statement = admin.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = admin.createStatement()) {
            statement.execute(sql);
        }
    }

    private void runUnchecked(String sql) {
        try {
            execute(sql);
        } catch (SQLException failed) {
            throw new AssertionError(failed);
        }
    }
}

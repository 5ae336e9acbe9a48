package ai.snagr.data.postgres.internal.connect;

import static ai.snagr.data.postgres.internal.connect.SmallSchema.ALICE;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_ADMIN;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_ALICE;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_BOB;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_MATCHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.PoolSettings;
import ai.snagr.data.spi.StoreAddress;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class DatabaseIT {
    private static final PoolSettings SMALL = PoolSettings.defaults()
            .withMaxConnections(2)
            .withAuditConnections(1)
            .withConnectionTimeout(Duration.ofSeconds(2));
    private static final String TITLES = "select title from snagr.notes order by title";

    private static SmallSchema schema;

    private Database database;

    @BeforeAll
    static void create() {
        schema = new SmallSchema();
    }

    @AfterAll
    static void drop() {
        schema.close();
    }

    @BeforeEach
    void open() {
        database = schema.open(SMALL);
    }

    @AfterEach
    void close() {
        schema.relay().thaw();
        schema.relay().acceptConnections();
        database.close();
        schema.execute("truncate snagr.staging; truncate snagr.audit_events;"
                + " delete from snagr.notes where title not in ('of alice', 'of bob')");
    }

    @Test
    void run_aStatement_costsOneRoundTrip() {
        try (Database single = schema.open(SMALL.withMaxConnections(1))) {
            quiet();
            for (int i = 0; i < 20; i++) {
                long roundTrips = single.statements().run("test.count", AS_ALICE, handle -> {
                    schema.relay().resetRoundTrips();
                    assertThat(read(handle)).containsExactly("of alice");
                    return schema.relay().roundTrips();
                });
                assertThat(roundTrips).isEqualTo(1);
            }
        }
    }

    @Test
    void inTransaction_threeStatements_costFourRoundTripsAndStay() {
        try (Database single = schema.open(SMALL.withMaxConnections(1))) {
            quiet();
            List<String> seen = single.inTransaction(AS_ALICE, scope -> {
                assertThat(scope.inTransaction()).isTrue();
                schema.relay().resetRoundTrips();
                insert(scope, "one");
                insert(scope, "two");
                return titles(scope, AS_ALICE);
            });
            assertThat(schema.relay().roundTrips()).isEqualTo(4);
            assertThat(seen).containsExactly("of alice", "one", "two");
            assertThat(titles(single.statements(), AS_ALICE)).isEqualTo(seen);
            assertThat(single.statements().inTransaction()).isFalse();
        }
    }

    /** Closes the pools that open further connections beside the test. */
    private void quiet() {
        database.close();
    }

    @Test
    void inTransaction_whoseWorkThrows_leavesNothingAndThrowsTheSame() {
        IOException checked = new IOException("of the caller");

        assertThatThrownBy(() -> database.inTransaction(AS_ALICE, scope -> {
                    insert(scope, "one");
                    throw checked;
                }))
                .isSameAs(checked);
        assertThat(titles(database.statements(), AS_ALICE)).containsExactly("of alice");
    }

    @Test
    void inTransaction_withAFailedStatementSwallowed_failsAndLeavesNothing() {
        assertFailure(
                        () -> database.inTransaction(AS_ALICE, scope -> {
                            insert(scope, "one");
                            try {
                                insert(scope, "one");
                            } catch (SnagrDataException swallowed) {
                                assertThat(swallowed.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
                            }
                            return "done";
                        }),
                        ErrorCode.INTERNAL,
                        false)
                .hasMessageContaining("25P02");
        assertThat(titles(database.statements(), AS_ALICE)).containsExactly("of alice");
    }

    @Test
    void inTransaction_nested_joinsTheOuterOne() {
        assertThatThrownBy(() -> database.inTransaction(AS_ALICE, outer -> {
                    database.inTransaction(AS_BOB, inner -> {
                        insert(inner, "one");
                        return "inner";
                    });
                    assertThat(outer.<List<String>>transact("test.nested", AS_ALICE, scope -> titles(scope, AS_ALICE)))
                            .contains("one");
                    throw new IllegalStateException("outer");
                }))
                .hasMessage("outer");
        assertThat(titles(database.statements(), AS_ALICE)).containsExactly("of alice");
    }

    @Test
    void transact_whoseWorkThrows_leavesNothing() {
        assertThatThrownBy(() -> database.statements().transact("test.transact", AS_ALICE, handle -> {
                    insert(handle, "one");
                    throw new IllegalStateException("work");
                }))
                .hasMessage("work");
        assertThat(titles(database.statements(), AS_ALICE)).containsExactly("of alice");
    }

    @Test
    void auditStatements_insideATransactionThatRollsBack_stay() {
        assertThatThrownBy(() -> database.inTransaction(AS_ALICE, scope -> {
                    insert(scope, "taken back");
                    insert(database.auditStatements(), "stays");
                    throw new IllegalStateException("work");
                }))
                .hasMessage("work");
        assertThat(titles(database.statements(), AS_ALICE)).containsExactly("of alice", "stays");
    }

    @Test
    void admin_whoseTransactionRollsBack_staysOnRecord() {
        assertThatThrownBy(() -> database.inTransaction(AS_ADMIN, scope -> {
                    assertThat(titles(scope, AS_ADMIN)).hasSize(2);
                    assertThat(titles(scope, AS_ADMIN)).hasSize(2);
                    throw new IllegalStateException("never mind");
                }))
                .hasMessage("never mind");
        assertThatThrownBy(() -> database.statements().transact("test.admin", AS_ADMIN, scope -> {
                    assertThat(titles(scope, AS_ADMIN)).hasSize(2);
                    throw new IllegalStateException("never mind");
                }))
                .hasMessage("never mind");
        assertThat(titles(database.statements(), AS_ADMIN)).hasSize(2);

        assertThat(schema.value("select string_agg(object, ',' order by object) from snagr.audit_events"))
                .isEqualTo("test.titles,test.titles,test.titles,test.titles");
    }

    @Test
    void scope_afterItsTransaction_isRefused() {
        AtomicReference<StatementScope> kept = new AtomicReference<>();
        database.inTransaction(AS_ALICE, scope -> {
            kept.set(scope);
            return "done";
        });

        assertThatThrownBy(() -> titles(kept.get(), AS_ALICE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended");
    }

    @Test
    void scope_onAnotherThread_isRefused() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            database.inTransaction(AS_ALICE, scope -> {
                assertThatThrownBy(() ->
                                other.submit(() -> titles(scope, AS_ALICE)).get())
                        .isInstanceOf(ExecutionException.class)
                        .hasRootCauseInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("another thread");
                return "done";
            });
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void statements_insideATransactionOfTheSameThread_areRefusedInsteadOfWaiting() {
        assertThatThrownBy(() -> database.inTransaction(AS_ALICE, scope -> titles(database.statements(), AS_ALICE)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use the session of that transaction");
        assertThat(titles(database.statements(), AS_ALICE)).containsExactly("of alice");
    }

    @Test
    void copy_asTheBulkRole_thenInsertAsTheActor_inOneTransaction() {
        long written = database.inTransaction(AS_ALICE, scope -> {
            long copied = scope.run("test.copy", AS_ALICE.through(DatabaseRole.BULK), handle -> {
                try {
                    return SmallSchema.copy(
                            SessionConnection.of(handle), "copy snagr.staging from stdin", "\\N\tcopied\n\\N\talso\n");
                } catch (SQLException e) {
                    throw SqlErrors.of("test.copy", e);
                }
            });
            insert(scope, "after copy");
            return copied;
        });

        assertThat(written).isEqualTo(2);
        assertThat(schema.value("select count(*) from snagr.staging")).isEqualTo("2");
        assertThat(titles(database.statements(), AS_ALICE)).containsExactly("after copy", "of alice");
    }

    @Test
    void contexts_ofManyThreadsOnTwoConnections_seeTheirOwnRowsOnly() throws Exception {
        int threads = 8;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        Database shared = schema.open(SMALL.withConnectionTimeout(Duration.ofMinutes(1)));
        try (shared) {
            List<Future<Boolean>> results = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                boolean alice = t % 2 == 0;
                results.add(executor.submit(() -> {
                    start.await();
                    for (int i = 0; i < 100; i++) {
                        StatementScope scope = shared.statements();
                        assertThat(titles(scope, alice ? AS_ALICE : AS_BOB))
                                .containsExactly(alice ? "of alice" : "of bob");
                        if (i % 10 == 0) {
                            assertThat(titles(scope, AS_MATCHER)).containsExactly("of alice", "of bob");
                        }
                    }
                    return true;
                }));
            }
            start.countDown();
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void run_whenEveryConnectionIsTaken_failsWithTimeoutAndRecovers() throws Exception {
        CountDownLatch taken = new CountDownLatch(2);
        CountDownLatch release = new CountDownLatch(1);
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            List<Future<String>> holders = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                holders.add(executor.submit(() -> database.inTransaction(AS_ALICE, scope -> {
                    taken.countDown();
                    release.await();
                    return "done";
                })));
            }
            taken.await();
            assertFailure(() -> titles(database.statements(), AS_ALICE), ErrorCode.TIMEOUT, true)
                    .hasMessageContaining("test.titles")
                    .hasMessageContaining("none of the 2 connections");
            release.countDown();
            for (Future<String> holder : holders) {
                assertThat(holder.get()).isEqualTo("done");
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(titles(database.statements(), AS_ALICE)).containsExactly("of alice");
    }

    @Test
    void run_afterClose_failsWithUnavailable() {
        database.close();

        assertFailure(() -> titles(database.statements(), AS_ALICE), ErrorCode.UNAVAILABLE, false)
                .hasMessageContaining("closed");
        assertFailure(() -> titles(database.auditStatements(), AS_ALICE), ErrorCode.UNAVAILABLE, false);
        assertFailure(() -> database.inTransaction(AS_ALICE, scope -> "never"), ErrorCode.UNAVAILABLE, false);
    }

    @Test
    void inTransaction_onALinkThatWasCut_failsWithUnavailableAlsoAtTheCommit() {
        assertFailure(
                () -> database.inTransaction(AS_ALICE, scope -> {
                    titles(scope, AS_ALICE);
                    schema.relay().cut();
                    assertFailure(() -> titles(scope, AS_ALICE), ErrorCode.UNAVAILABLE, true)
                            .hasMessageContaining("test.titles");
                    assertFailure(() -> titles(scope, AS_ALICE), ErrorCode.UNAVAILABLE, true);
                    return "done";
                }),
                ErrorCode.UNAVAILABLE,
                true);

        assertThat(titlesOnceServed()).containsExactly("of alice");
    }

    @Test
    void run_whenNoServerAnswers_failsWithUnavailable() {
        schema.relay().refuseConnections();
        schema.relay().cut();
        for (int i = 0; i < 2; i++) {
            assertFailure(() -> titles(database.statements(), AS_ALICE), ErrorCode.UNAVAILABLE, true);
        }
        schema.relay().acceptConnections();

        assertThat(titlesOnceServed()).containsExactly("of alice");
    }

    @Test
    @SuppressWarnings("ThreadPriorityCheck") // the server tells nobody when a connection is gone
    void close_afterUse_leavesNoConnectionAndNoThread() {
        try (Database second = schema.open(SMALL)) {
            titles(second.statements(), AS_ALICE);
            titles(second.auditStatements(), AS_ALICE);
            assertThat(poolThreads()).isNotEmpty();
            assertThat(schema.relay().connections()).isPositive();
        }
        database.close();

        assertThat(poolThreads()).isEmpty();
        while (schema.relay().connections() > 0) {
            Thread.yield();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prepareThreshold=-1",
                "currentSchema=x",
                "options=-crole%3Dx",
                "stringtype=unspecified",
                "preferQueryMode=simple",
                "readOnly=true"
            })
    void open_withAPropertyThatBreaksTheSession_isRefusedByName(String property) {
        String url = schema.address().jdbcUrl();
        String broken = url + (url.contains("?") ? "&" : "?") + property;

        assertFailure(
                        () -> Database.open(new StoreAddress(broken, "x", "secret-canary"), SMALL)
                                .close(),
                        ErrorCode.CONFIGURATION,
                        false)
                .hasMessageContaining(property.substring(0, property.indexOf('=')))
                .message()
                .doesNotContain("canary");
    }

    @Test
    void open_withAWrongPassword_failsWithConfiguration() {
        StoreAddress wrong = new StoreAddress(schema.address().jdbcUrl(), "nobody_of_that_name", "secret-canary");

        assertFailure(() -> Database.open(wrong, SMALL).close(), ErrorCode.CONFIGURATION, false)
                .hasMessageContaining("28");
    }

    @Test
    void open_withAnotherUrl_failsWithConfiguration() {
        assertFailure(
                () -> Database.open(new StoreAddress("jdbc:mysql://canary/x", "x", "x"), SMALL)
                        .close(),
                ErrorCode.CONFIGURATION,
                false);
    }

    /** What a caller does who repeats what may be repeated. */
    private List<String> titlesOnceServed() {
        for (int attempt = 1; attempt < 100; attempt++) {
            try {
                return titles(database.statements(), AS_ALICE);
            } catch (SnagrDataException e) {
                assertThat(e.retryable()).isTrue();
                assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            }
        }
        return titles(database.statements(), AS_ALICE);
    }

    private static Set<Thread> poolThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("snagr-data"))
                .collect(Collectors.toSet());
    }

    private static AbstractThrowableAssert<?, SnagrDataException> assertFailure(
            ThrowingCallable call, ErrorCode code, boolean retryable) {
        return assertThatThrownBy(call)
                .asInstanceOf(type(SnagrDataException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(code);
                    assertThat(e.retryable()).isEqualTo(retryable);
                })
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.throwable(SnagrDataException.class));
    }

    private static List<String> titles(StatementScope scope, ActorContext context) {
        return scope.run("test.titles", context, DatabaseIT::read);
    }

    private static List<String> read(Handle handle) {
        return handle.createQuery(TITLES).mapTo(String.class).list();
    }

    private static void insert(StatementScope scope, String title) {
        int ignored = scope.run("test.insert", AS_ALICE, handle -> insert(handle, title));
    }

    private static int insert(Handle handle, String title) {
        return handle.createUpdate("insert into snagr.notes (user_id, title) values (:user, :title)")
                .bind("user", ALICE)
                .bind("title", title)
                .execute();
    }
}

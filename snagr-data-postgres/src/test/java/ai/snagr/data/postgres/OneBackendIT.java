package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.Database;
import ai.snagr.data.postgres.internal.connect.StatementScope;
import ai.snagr.data.postgres.internal.schema.PreparedDatabase;
import ai.snagr.data.testkit.TestPgBouncer;
import ai.snagr.data.user.UserId;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Two users, three roles and many statements, all over one backend connection of a transaction pooler: each statement finds
 * the backend as somebody else left it. Half of them come alone, half in transactions that change the role. No statement
 * names a user, so that nothing but the policies chooses the rows. {@code snagr.test.pooler.statements} (a system property)
 * says how many; 1,000,000 if not set.
 */
final class OneBackendIT {
    private static final long STATEMENTS = Long.getLong("snagr.test.pooler.statements", 1_000_000);
    private static final int THREADS = 4;
    private static final int ROUND = 8;
    private static final long ROUNDS = STATEMENTS / THREADS / ROUND;
    private static final int PREPARE_FROM = 3;

    private static final String SEARCHES = "select user_id from snagr.searches";
    private static final String PREFERENCES =
            "update snagr.user_preferences set notification_sms = not notification_sms returning user_id";
    private static final String KEYS = "select user_id from snagr.subject_keys";
    private static final String NOBODYS = "select id from snagr.users where id <> ?";

    @BeforeAll
    static void needsPgBouncer() {
        TestPgBouncer.assumeInstalled();
    }

    @Test
    void twoUsersAndThreeRoles_onOneBackend_neverMeet() throws Exception {
        boolean prepares = TestPgBouncer.keepsPreparedStatements();
        try (PreparedDatabase database = PreparedDatabase.create();
                TestPgBouncer pooler = TestPgBouncer.start(
                        database.prepared().serving(),
                        "pool_mode = transaction",
                        "default_pool_size = 1",
                        "max_client_conn = 50",
                        "query_wait_timeout = 0",
                        prepares ? "max_prepared_statements = 200" : "");
                Database pooled = Database.open(pooler.address(), settings(prepares ? PREPARE_FROM : 0))) {
            List<UserId> users = List.of(user(database), user(database));
            Tally tally = new Tally(pooled.statements(), users);
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            try {
                List<Future<?>> work = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    int first = i;
                    work.add(threads.submit(() -> tally.run(first, ROUNDS)));
                }
                for (Future<?> each : work) {
                    each.get();
                }
            } finally {
                threads.shutdownNow();
            }

            assertThat(tally.failures).as("errors, 42P05 and 26000 among them").isEmpty();
            assertThat(tally.foreign).as("rows of the other user").hasValue(0);
            assertThat(tally.own).as("rows of one's own").hasValue(tally.expected.get());
            assertThat(tally.statements).hasValue(ROUNDS * THREADS * ROUND);
            assertThat(tally.backends).as("backends").hasSize(1);
        }
    }

    private static PoolSettings settings(int prepareThreshold) {
        return PoolSettings.defaults()
                .withMaxConnections(THREADS)
                .withAuditConnections(1)
                .withConnectionTimeout(Duration.ofMinutes(1))
                .withPrepareThreshold(prepareThreshold);
    }

    private static UserId user(PreparedDatabase database) throws SQLException {
        UUID user = database.user();
        database.search(user, "x");
        database.admin().run("insert into snagr.subject_keys values (?, 1, 1, '\\x00')", user);
        database.admin().run("insert into snagr.user_preferences (user_id) values (?)", user);
        return new UserId(user);
    }

    /** What came back in all threads. */
    private static final class Tally {
        private final StatementScope scope;
        private final List<UserId> users;
        private final List<ActorContext> asUser;
        private final List<ActorContext> asMatcher;
        private final List<ActorContext> asNotifier;
        private final AtomicLong statements = new AtomicLong();
        private final AtomicLong own = new AtomicLong();
        private final AtomicLong expected = new AtomicLong();
        private final AtomicLong foreign = new AtomicLong();
        private final Map<String, String> failures = new ConcurrentHashMap<>();
        private final Set<Integer> backends = ConcurrentHashMap.newKeySet();

        private Tally(StatementScope scope, List<UserId> users) {
            this.scope = scope;
            this.users = users;
            this.asUser = users.stream().map(Actor::user).map(ActorContext::of).toList();
            this.asMatcher = services(ServiceRole.MATCHER);
            this.asNotifier = services(ServiceRole.NOTIFIER);
        }

        private List<ActorContext> services(ServiceRole role) {
            return users.stream()
                    .map(user -> ActorContext.of(Actor.service(role).onBehalfOf(user)))
                    .toList();
        }

        /** Rounds for one user and the other in turn, each round once by single statements and once as a transaction. */
        private void run(int first, long rounds) {
            for (long round = first; round < first + rounds; round++) {
                int who = (int) (round / 2 % 2);
                try {
                    if (round % 2 == 0) {
                        round(scope, who);
                    } else {
                        scope.transact("test", asUser.get(who), joined -> {
                            round(joined, who);
                            return who;
                        });
                    }
                    if (round % 200 < 2) {
                        backends.addAll(scope.list(
                                "test.backend", asUser.get(who), "select pg_backend_pid()", row -> row.getInt(1)));
                    }
                } catch (RuntimeException e) {
                    failures.putIfAbsent(String.valueOf(e.getMessage()), String.valueOf(e.getCause()));
                }
            }
        }

        /** {@link #ROUND} statements. */
        private void round(StatementScope within, int who) {
            UUID user = users.get(who).value();
            for (int i = 0; i < 2; i++) {
                count(rows(within, SEARCHES, asUser.get(who)), user, 1);
                count(rows(within, PREFERENCES, asUser.get(who)), user, 1);
            }
            count(rows(within, KEYS, asMatcher.get(who)), user, 1);
            count(rows(within, NOBODYS, asUser.get(who), user), user, 0);
            count(rows(within, KEYS, asNotifier.get(who)), user, 1);
            count(rows(within, SEARCHES, asUser.get(who)), user, 1);
        }

        private static List<UUID> rows(StatementScope within, String sql, ActorContext context, Object... values) {
            return within.list("test", context, sql, row -> row.getObject(1, UUID.class), values);
        }

        private void count(List<UUID> rows, UUID user, int wanted) {
            statements.incrementAndGet();
            long mine = rows.stream().filter(user::equals).count();
            own.addAndGet(mine);
            expected.addAndGet(wanted);
            foreign.addAndGet(rows.size() - mine);
        }
    }
}

package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.change.Change;
import ai.snagr.data.change.ChangeBatch;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.change.ChangeKind;
import ai.snagr.data.change.Position;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.user.UserId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The feed beside many writers. Each of some users has one saved search, which the writers move from search 0 to 1, to 2 and
 * so on: what is told of it must be that chain, so a change that is missed, told twice, told out of order or was rolled back
 * breaks it. Beside them go transactions that stay open while hundreds of others end.
 */
@SnagrDataTest
final class ChangeStormIT {
    private static final int MOVERS = 6;
    private static final int MOVES_EACH = 3_500;
    private static final int STAYERS = 2;
    private static final int STAYS_FOR = 400;
    private static final int CHAINS = 12;
    private static final int LINKS = 2_500;

    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger working = new AtomicInteger(MOVERS);

    @Test
    void poll_besideManyWriters_tellsEachCommitOnceInOrderAndNothingElse(SnagrData data, TestDatabase database)
            throws Exception {
        List<UUID> users = new ArrayList<>();
        try (Sql owner = new Sql(database.adminConnection())) {
            for (int i = 0; i < CHAINS; i++) {
                users.add(userWithAChain(owner));
            }
        }
        ChangeFeed all = data.as(Actor.service(ServiceRole.FEED)).changes();
        ChangeFeed ofOne = data.as(Actor.user(new UserId(users.get(0)))).changes();
        Position before = all.poll(Position.START, 1).next();
        Position beforeOfOne = ofOne.poll(Position.START, 1).next();
        Set<UUID> kept = ConcurrentHashMap.newKeySet();
        Set<UUID> takenBack = ConcurrentHashMap.newKeySet();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<Integer>> writers = new ArrayList<>();
            for (int i = 0; i < MOVERS; i++) {
                long seed = i;
                writers.add(threads.submit(() -> move(database, users, seed)));
            }
            for (int i = 0; i < STAYERS; i++) {
                UUID user = users.get(i);
                writers.add(threads.submit(() -> stay(database, user, kept, takenBack)));
            }
            Callable<Boolean> running = () -> writers.stream().anyMatch(writer -> !writer.isDone());
            Future<List<Change>> large = threads.submit(() -> follow(all, before, 1_000, running, database));
            Future<List<Change>> small = threads.submit(() -> follow(ofOne, beforeOfOne, 7, running, database));
            int moves = 0;
            for (Future<Integer> writer : writers) {
                moves += writer.get();
            }

            List<Change> told = large.get();
            assertThat(kept).hasSizeGreaterThan(10);
            assertThat(takenBack).hasSizeGreaterThan(10);
            assertThat(told).as("as many as were committed").hasSize(moves + kept.size());
            assertThat(told.stream()
                            .filter(change -> change.concerns(
                                    ChangeKind.SEARCHES, change.user().orElseThrow()))
                            .flatMap(change -> change.keys().stream()))
                    .containsExactlyInAnyOrderElementsOf(kept);
            int links = 0;
            for (UUID user : users) {
                links += assertIsAChain(told, new UserId(user));
            }
            assertThat(links).isEqualTo(moves).isGreaterThan(MOVERS * MOVES_EACH / 2);
            assertThat(small.get().stream().filter(change -> change.kind().equals(told(ChangeKind.SAVED_SEARCHES))))
                    .as("in small batches, as the user")
                    .containsExactlyElementsOf(of(told, new UserId(users.get(0))));
        } finally {
            threads.shutdownNow();
        }
    }

    /** How often it moved a saved search. Some moves are rolled back, as a whole or to a savepoint. */
    private int move(TestDatabase database, List<UUID> users, long seed) throws SQLException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        int moved = 0;
        try (Connection connection = database.adminConnection()) {
            connection.setAutoCommit(false);
            Sql sql = new Sql(connection);
            for (int i = 0; i < MOVES_EACH; i++) {
                String move = "update snagr.saved_searches set search_id = ('00000000-0000-7000-8000-'"
                        + " || lpad((right(search_id::text, 12)::bigint + 1)::text, 12, '0'))::uuid where user_id = ?";
                UUID user = users.get(random.nextInt(users.size()));
                int what = random.nextInt(10);
                if (what == 0) {
                    Savepoint savepoint = connection.setSavepoint();
                    sql.run(move, user);
                    connection.rollback(savepoint);
                }
                sql.run(move, user);
                if (what == 1) {
                    connection.rollback();
                } else {
                    connection.commit();
                    moved++;
                }
                ended.incrementAndGet();
            }
        } finally {
            working.decrementAndGet();
        }
        return moved;
    }

    /** Transactions that write a search and stay open until hundreds of others have ended; every other is rolled back. */
    private int stay(TestDatabase database, UUID user, Set<UUID> kept, Set<UUID> takenBack) throws SQLException {
        try (Connection connection = database.adminConnection()) {
            connection.setAutoCommit(false);
            Sql sql = new Sql(connection);
            for (int i = 0; working.get() > 0; i++) {
                UUID search = UUID.randomUUID();
                sql.run(
                        "insert into snagr.searches (user_id, id, query_text, parameters) values (?, ?, 'x', '{}')",
                        user,
                        search);
                int until = ended.get() + STAYS_FOR;
                while (ended.get() < until && working.get() > 0) {
                    sql.run("select pg_sleep(0.002)");
                }
                if (i % 2 == 0) {
                    kept.add(search);
                    connection.commit();
                } else {
                    takenBack.add(search);
                    connection.rollback();
                }
            }
        }
        return 0;
    }

    /** All that is told until nobody writes any more; of each batch the rows are looked at, whether they are committed. */
    private static List<Change> follow(
            ChangeFeed feed, Position from, int max, Callable<Boolean> running, TestDatabase database)
            throws Exception {
        List<Change> told = new ArrayList<>();
        Position position = from;
        try (Sql sql = new Sql(database.adminConnection())) {
            while (true) {
                boolean more = running.call();
                ChangeBatch batch = feed.poll(position, max);
                position = batch.next();
                told.addAll(batch.changes());
                for (Change change : batch.changes()) {
                    if (change.kind().equals(told(ChangeKind.SEARCHES))) {
                        assertThat(sql.list(
                                        "select from snagr.searches where user_id = ? and id = ?",
                                        change.user().orElseThrow().value(),
                                        change.keys().iterator().next()))
                                .as("what is told is committed")
                                .hasSize(1);
                    }
                }
                if (!more && batch.changes().isEmpty()) {
                    return told;
                }
            }
        }
    }

    /** How long it is. */
    private static int assertIsAChain(List<Change> told, UserId user) {
        List<Change> links = of(told, user);
        assertThat(links.stream().map(Change::keys))
                .containsExactlyElementsOf(IntStream.range(0, links.size())
                        .mapToObj(i -> Set.of(link(i), link(i + 1)))
                        .toList());
        return links.size();
    }

    private static List<Change> of(List<Change> told, UserId user) {
        return told.stream()
                .filter(change -> change.kind().equals(told(ChangeKind.SAVED_SEARCHES))
                        && change.user().equals(Optional.of(user)))
                .toList();
    }

    private static Optional<ChangeKind> told(ChangeKind kind) {
        return Optional.of(kind);
    }

    private static UUID link(int number) {
        return UUID.fromString("00000000-0000-7000-8000-%012d".formatted(number));
    }

    private static UUID userWithAChain(Sql owner) throws SQLException {
        UUID user = UUID.randomUUID();
        String email = user + "@a.example";
        owner.run("insert into snagr.users (id, email, email_key) values (?, ?, ?)", user, email, email);
        owner.run("""
                insert into snagr.searches (user_id, id, query_text, parameters)
                select ?, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'x', '{}'
                from generate_series(0, ?) n""", user, LINKS);
        owner.run(
                "insert into snagr.saved_searches (user_id, id, search_id, frequency, next_run_at)"
                        + " values (?, ?, ?, 'daily', now())",
                user,
                UUID.randomUUID(),
                link(0));
        return user;
    }
}

package ai.snagr.data.postgres.internal.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.change.Change;
import ai.snagr.data.change.ChangeBatch;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.change.ConsumerName;
import ai.snagr.data.change.Position;
import ai.snagr.data.change.Subscription;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** What is told when a process is killed: one that is told of changes, one that makes them, and the server itself. */
@SnagrDataTest
final class ChangeKillIT {
    private static final int KILLS = 20;
    private static final int CHANGES_EACH = 60;
    private static final ConsumerName NAME = new ConsumerName("killed");

    @Test
    void subscribe_byAProcessThatIsKilledAgainAndAgain_isToldEverything(SnagrData data, TestDatabase database)
            throws Exception {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        ChangeFeed feed = data.as(Actor.service(ServiceRole.FEED)).changes();
        Set<String> committed = new LinkedHashSet<>();
        Set<String> told = new HashSet<>();
        long lines = 0;
        try (Connection connection = database.adminConnection()) {
            Sql sql = new Sql(connection);
            UUID user = user(sql);
            feed.acknowledge(NAME, feed.poll(Position.START, 1).next());
            connection.setAutoCommit(false);
            for (int kill = 0; kill < KILLS; kill++) {
                Process consumer = consumer(database);
                try (BufferedReader output = output(consumer)) {
                    assertThat(output.readLine()).isEqualTo("ready");
                    int after = random.nextInt(CHANGES_EACH / 2);
                    Thread writer = new Thread(() -> write(sql, user, committed));
                    writer.start();
                    long before = lines;
                    for (String line = output.readLine(); line != null; line = output.readLine()) {
                        told.add(line);
                        if (lines++ - before == after) {
                            consumer.toHandle().destroyForcibly(); // what it wrote is still to be read
                        }
                    }
                    writer.join();
                } finally {
                    consumer.destroyForcibly().waitFor();
                }
            }
            Process last = consumer(database);
            try (BufferedReader output = output(last)) {
                assertThat(output.readLine()).isEqualTo("ready");
                String sentinel = write(sql, user);
                connection.commit();
                for (String line = output.readLine(); !sentinel.equals(line); line = output.readLine()) {
                    assertThat(line).as("the last consumer goes on").isNotNull();
                    told.add(line);
                    lines++;
                }
            } finally {
                last.destroyForcibly().waitFor();
            }
        }

        assertThat(committed).hasSizeGreaterThan(KILLS * CHANGES_EACH / 2);
        assertThat(told).as("each that was committed, and no other").isEqualTo(committed);
        assertThat(lines).as("some more than once").isGreaterThanOrEqualTo(committed.size());
    }

    @Test
    void poll_afterAWriterWasKilled_tellsNothingOfIt(SnagrData data, TestDatabase database) throws Exception {
        ChangeFeed feed = data.as(Actor.service(ServiceRole.FEED)).changes();
        try (Connection admin = database.adminConnection()) {
            Sql sql = new Sql(admin);
            UUID user = user(sql);
            Position position = feed.poll(Position.START, 1).next();
            for (int i = 0; i < 20; i++) {
                try (Connection killed = database.adminConnection()) {
                    killed.setAutoCommit(false);
                    write(new Sql(killed), user);
                    ChangeBatch meanwhile = feed.poll(position, 10);
                    assertThat(meanwhile.changes()).isEmpty();
                    position = i % 2 == 0 ? meanwhile.next() : position;
                    assertThat(sql.one(
                                    "select pg_terminate_backend(?::integer, 30000)",
                                    new Sql(killed).one("select pg_backend_pid()")))
                            .isEqualTo("t");
                }
                assertThat(feed.poll(position, 10).changes()).isEmpty();
            }
            String kept = write(sql, user);
            assertThat(feed.poll(position, 10).changes())
                    .flatExtracting(Change::keys)
                    .containsExactly(UUID.fromString(kept));
        }
    }

    @Test
    void poll_afterTheServerWasKilled_tellsThatAnythingMayHaveChanged() throws Exception {
        try (OwnServer server = OwnServer.start()) {
            StoreAddress owner = server.databaseOf("feed_owner", "createrole");
            try (KeyProvider keys = Keys.ephemeral();
                    PostgresSnagrData data = store(owner, keys)) {
                ChangeFeed feed = data.as(Actor.service(ServiceRole.FEED)).changes();
                Position before;
                UUID user;
                try (Sql sql = server.admin(owner);
                        Sql killed = server.admin(owner)) {
                    user = user(sql);
                    before = feed.poll(Position.START, 1).next();
                    feed.acknowledge(NAME, before);
                    write(sql, user);
                    killServer(sql, killed.one("select pg_backend_pid()"));
                }

                ChangeBatch batch = awaitPoll(feed, before);
                assertThat(batch.changes()).containsExactly(Change.EVERYTHING);
                assertThat(feed.poll(feed.acknowledged(NAME), 10).changes()).containsExactly(Change.EVERYTHING);
                try (Sql sql = server.admin(owner)) {
                    String kept = write(sql, user);
                    assertThat(feed.poll(batch.next(), 10).changes())
                            .flatExtracting(Change::keys)
                            .containsExactly(UUID.fromString(kept));
                }
            }
            server.clear();
        }
    }

    /** One of its processes is killed where it runs, as a crash would; the server then ends all others, this one's too. */
    private static void killServer(Sql superuser, String pid) {
        assertThatThrownBy(() -> {
                    superuser.run("copy (select 1) to program 'kill -9 " + pid + "'");
                    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                    while (System.nanoTime() < end) {
                        superuser.one("select 1");
                    }
                })
                .isInstanceOf(SQLException.class);
    }

    /** As soon as the server answers again; connections that it ended fail meanwhile. */
    private static ChangeBatch awaitPoll(ChangeFeed feed, Position position) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (true) {
            try {
                return feed.poll(position, 10);
            } catch (SnagrDataException unavailable) {
                if (System.nanoTime() > end) {
                    throw unavailable;
                }
            }
        }
    }

    private static void write(Sql sql, UUID user, Set<String> committed) {
        try {
            for (int i = 0; i < CHANGES_EACH; i++) {
                String search = write(sql, user);
                if (i % 7 == 6) {
                    sql.connection().rollback();
                } else {
                    sql.connection().commit();
                    committed.add(search);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String write(Sql sql, UUID user) throws SQLException {
        UUID search = PreparedDatabase.newId();
        sql.run(
                "insert into snagr.searches (user_id, id, query_text, parameters) values (?, ?, 'x', '{}')",
                user,
                search);
        return search.toString();
    }

    private static UUID user(Sql sql) throws SQLException {
        UUID user = PreparedDatabase.newId();
        String email = user + "@a.example";
        sql.run("insert into snagr.users (id, email, email_key) values (?, ?, ?)", user, email, email);
        return user;
    }

    private static Process consumer(TestDatabase database) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Consumer.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (PrintStream input = new PrintStream(process.getOutputStream(), true, UTF_8)) {
            input.println(database.jdbcUrl());
            input.println(database.user());
            input.println(database.password());
        }
        return process;
    }

    private static BufferedReader output(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    private static PostgresSnagrData store(StoreAddress address, KeyProvider keys) {
        return PostgresSnagrData.builder()
                .primary(address.jdbcUrl(), address.user(), address.password())
                .keys(keys)
                .build();
    }

    /** The process that is killed: it prints the keys of which it is told, and everything if it is told that. */
    static final class Consumer {
        private Consumer() {}

        public static void main(String[] arguments) throws Exception {
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
            try (KeyProvider keys = Keys.ephemeral();
                    PostgresSnagrData data = PostgresSnagrData.builder()
                            .primary(input.readLine(), input.readLine(), input.readLine())
                            .keys(keys)
                            .capabilities(Set.of())
                            .build()) {
                System.out.println("ready");
                Subscription following = data.as(Actor.service(ServiceRole.FEED))
                        .changes()
                        .subscribe(NAME, batch -> {
                            for (Change change : batch.changes()) {
                                if (change.equals(Change.EVERYTHING)) {
                                    System.out.println("everything");
                                }
                                change.keys().forEach(System.out::println);
                            }
                            System.out.flush();
                        });
                new CountDownLatch(1).await();
                following.close();
            }
        }
    }
}

package ai.snagr.data.testkit.internal;

import ai.snagr.data.testkit.ServerKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running Redis, whose numbered databases are handed out one by one. */
public final class RedisServer implements AutoCloseable {
    static final String SETTING = "snagr.test.redis";

    /** What a server of the testkit is started with: enough databases for all test classes that run at a time. */
    static final List<String> SERVER_SETTINGS = List.of("--save", "", "--appendonly", "no", "--databases", "1024");

    private static final Logger LOG = LoggerFactory.getLogger(RedisServer.class);
    private static final Pattern VERSION = Pattern.compile("(?m)^(valkey_version|redis_version):(\\d+)\\.(\\d+)(\\S*)");
    private static final String DEFAULT_IMAGE = "redis:7";

    private final ServerKind kind;
    private final RedisAddress address;
    private final AutoCloseable resource;
    private final String version;
    private final int databases;
    private final BitSet taken = new BitSet();

    RedisServer(ServerKind kind, RedisAddress address, AutoCloseable resource) {
        this.kind = kind;
        this.address = address;
        this.resource = resource;
        try (RedisConnection connection = RedisConnection.open(address, 0)) {
            this.version = readVersion(connection.text("INFO", "server"));
            this.databases = readDatabases(connection);
        } catch (IOException | RuntimeException failure) {
            close();
            throw new IllegalStateException(
                    "no Redis that fits answers at " + address + "; check " + SETTING + ": " + failure.getMessage(),
                    failure);
        }
    }

    /** The server that this process's settings choose, ready. */
    public static RedisServer start() {
        return start(Settings.ofProcess());
    }

    static RedisServer start(Settings settings) {
        return start(settings, Choice.of(settings, SETTING, "redis://", DockerProbe::ask));
    }

    private static RedisServer start(Settings settings, Choice choice) {
        RedisServer server;
        switch (choice.kind()) {
            case EXTERNAL ->
                server = new RedisServer(
                        ServerKind.EXTERNAL, RedisAddress.parse(choice.address().orElseThrow()), () -> {});
            case DOCKER -> {
                try {
                    server = Containers.redis(settings.get(SETTING + ".image", DEFAULT_IMAGE));
                } catch (RuntimeException failure) {
                    if (!choice.fallback() || settings.find(SETTING + ".image").isPresent()) {
                        throw new IllegalStateException(
                                "the Redis container did not start (" + choice.reason() + "): " + failure, failure);
                    }
                    return start(settings, choice.insteadOfContainer(failure));
                }
            }
            default -> server = EmbeddedRedis.start();
        }
        LOG.info("Redis {} for tests: {} at {} ({})", server.version, server.kind, server.address, choice.reason());
        return server;
    }

    static String readVersion(String info) {
        Matcher matcher = VERSION.matcher(info);
        String redis = "";
        while (matcher.find()) {
            if (matcher.group(1).startsWith("valkey")) {
                return "Valkey " + matcher.group(2) + "." + matcher.group(3) + matcher.group(4);
            }
            redis = matcher.group(2) + "." + matcher.group(3) + matcher.group(4);
            int number = Integer.parseInt(matcher.group(2)) * 1_000 + Integer.parseInt(matcher.group(3));
            if (number < 6_002) {
                throw new IllegalStateException("it is version " + redis + ", and 6.2 or newer is needed");
            }
        }
        if (redis.isEmpty()) {
            throw new IllegalStateException("it does not tell its version");
        }
        return redis;
    }

    private static int readDatabases(RedisConnection connection) throws IOException {
        List<?> answer = connection.list("CONFIG", "GET", "databases");
        return answer.size() < 2 ? 1 : Integer.parseInt(String.valueOf(answer.get(1)));
    }

    /**
     * The number of a database that nobody else in this process has, and that is empty.
     *
     * @throws IllegalStateException if there is none left
     */
    public synchronized int claim() {
        for (int number = taken.nextClearBit(0); number < databases; number = taken.nextClearBit(number + 1)) {
            if (size(number) == 0) {
                taken.set(number);
                return number;
            }
        }
        throw new IllegalStateException("each of the " + databases + " databases of the Redis at " + address
                + " is in use or not empty; empty one, or start the server with more");
    }

    /** Empties the database and lets others have it. */
    public synchronized void release(int database) {
        flush(database);
        taken.clear(database);
    }

    public void flush(int database) {
        ask(database, connection -> connection.text("FLUSHDB"));
    }

    /** How many keys there are. */
    public long size(int database) {
        return Long.parseLong(ask(database, connection -> connection.text("DBSIZE")));
    }

    /** All keys, sorted. */
    public SortedSet<String> keys(int database) {
        return ask(database, connection -> {
            SortedSet<String> keys = new TreeSet<>();
            String cursor = "0";
            do {
                List<?> page = connection.list("SCAN", cursor, "COUNT", "1000");
                cursor = String.valueOf(page.get(0));
                ((List<?>) page.get(1)).forEach(key -> keys.add(String.valueOf(key)));
            } while (!cursor.equals("0"));
            return keys;
        });
    }

    private <T> T ask(int database, Question<T> question) {
        try (RedisConnection connection = RedisConnection.open(address, database)) {
            return question.put(connection);
        } catch (IOException failure) {
            throw new UncheckedIOException("the Redis at " + address + " failed: " + failure.getMessage(), failure);
        }
    }

    public ServerKind kind() {
        return kind;
    }

    /** Such as {@code 6.2.11} or {@code Valkey 8.1.1}. */
    public String version() {
        return version;
    }

    public String uri(int database) {
        return address.uri(database);
    }

    /** Stops the server, unless it is an external one. Repeating it changes nothing. */
    @Override
    public void close() {
        try {
            resource.close();
        } catch (Exception failure) {
            LOG.warn("Redis did not stop cleanly: {}", failure.toString());
        }
    }

    /** What is asked over one connection. */
    @FunctionalInterface
    private interface Question<T> {
        T put(RedisConnection connection) throws IOException;
    }
}

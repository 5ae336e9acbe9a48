package ai.snagr.data.testkit;

import ai.snagr.data.testkit.internal.RedisServer;
import ai.snagr.data.testkit.internal.SharedServer;
import java.util.SortedSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One numbered database of this process's Redis, empty at first, which nobody else in this process uses; emptied and given
 * back when closed. The server is started when it is first asked for and stopped when the process ends. Publish and
 * subscribe are not confined to a database: Redis has one space of channels for all.
 *
 * <p>{@code snagr.test.redis} (a system property, or {@code SNAGR_TEST_REDIS} in the environment) chooses the server:
 * {@code auto}, the default: a container if a Docker Engine answers, else an embedded one; {@code docker};
 * {@code embedded}; or {@code redis://host:port} for a server that is there, of which only empty databases are used.
 * {@code snagr.test.redis.image} names another image than {@code redis:7}.
 */
public final class TestRedis implements AutoCloseable {
    private static final SharedServer<RedisServer> SERVER = new SharedServer<>("redis", RedisServer::start);

    private final RedisServer server;
    private final int database;
    private final AtomicBoolean closed = new AtomicBoolean();

    private TestRedis(RedisServer server) {
        this.server = server;
        this.database = server.claim();
    }

    /**
     * An empty database of the server.
     *
     * @throws IllegalArgumentException if a setting is not one of those allowed
     * @throws IllegalStateException if the server cannot be started or reached, or all its databases are in use; the
     *     message says what to change
     */
    public static TestRedis create() {
        return new TestRedis(SERVER.get());
    }

    public ServerKind kind() {
        return server.kind();
    }

    /** Such as {@code 7.2.4}, or {@code Valkey 8.1.1}. */
    public String version() {
        return server.version();
    }

    /** {@code redis://host:port/database}, with the credentials if the server was named with some. */
    public String uri() {
        return server.uri(database);
    }

    /** The keys of this database, sorted; empty when there are none. */
    public SortedSet<String> keys() {
        return server.keys(database);
    }

    /** Removes every key of this database. */
    public void flush() {
        server.flush(database);
    }

    /** Empties the database and gives it back. Repeating it changes nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            server.release(database);
        }
    }

    @Override
    public String toString() {
        return "TestRedis[" + kind() + " " + version() + ", database " + database + "]";
    }
}

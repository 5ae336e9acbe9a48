package ai.snagr.data.quickstart;

import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.TestPostgres;
import ai.snagr.data.testkit.TestRedis;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;

/** The real PostgreSQL, with an empty database of its own, and the real Redis that the story runs on. */
final class Servers implements AutoCloseable {
    private final TestPostgres server;
    private final TestDatabase database;
    private final TestRedis redis;

    private Servers(TestPostgres server, TestDatabase database, TestRedis redis) {
        this.server = server;
        this.database = database;
        this.redis = redis;
    }

    static Servers start() {
        return new Servers(TestPostgres.shared(), TestDatabase.createEmpty(), TestRedis.create());
    }

    String jdbcUrl() {
        return database.jdbcUrl();
    }

    /** The login that owns the database. It is no superuser. */
    String owner() {
        return database.user();
    }

    String ownerPassword() {
        return database.password();
    }

    String redisUri() {
        return redis.uri();
    }

    Connection superuser() throws SQLException {
        return database.adminConnection();
    }

    Postgres postgres() {
        return new Postgres(server.version(), database.jdbcUrl(), server.user(), server.password());
    }

    Redis redis() {
        return new Redis(redis.version(), redis.uri());
    }

    String kind() {
        return server.kind().name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        redis.close();
        database.close();
    }

    /**
     * How to reach the database.
     *
     * @param user a superuser, who sees every table as it lies on the disk
     */
    record Postgres(String version, String jdbcUrl, String user, String password) {
        /** The command that opens it in psql. */
        String psql() {
            URI address = URI.create(jdbcUrl.substring("jdbc:".length()));
            return "psql 'postgresql://" + user + ":" + password + "@" + address.getHost() + ":" + address.getPort()
                    + address.getPath() + "?options=--search_path%3Dsnagr'";
        }
    }

    /** How to reach the Redis. */
    record Redis(String version, String uri) {
        /** The command that opens it in redis-cli. */
        String redisCli() {
            return "redis-cli -u " + uri;
        }
    }
}

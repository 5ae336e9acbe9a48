package ai.snagr.data.testkit;

import ai.snagr.data.testkit.internal.PostgresServer;
import ai.snagr.data.testkit.internal.SharedServer;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The PostgreSQL of this process's tests: one server, started when it is first asked for and stopped when the process
 * ends. It may be used without JUnit.
 *
 * <p>{@code snagr.test.postgres} (a system property, or {@code SNAGR_TEST_POSTGRES} in the environment) chooses it:
 * {@code auto}, the default: a container if a Docker Engine answers, else an embedded server; {@code docker};
 * {@code embedded}; or {@code jdbc:postgresql://host:port/database} for a server that is there, with
 * {@code snagr.test.postgres.user} and {@code .password}, who may create databases and roles;
 * on another machine it is reached in the clear unless the address says {@code sslmode}.
 * {@code snagr.test.postgres.version} is the major version, 15 to 18: it chooses the image and the embedded binaries, and
 * is required of an external server. {@code snagr.test.postgres.image} names another image.
 *
 * <p>The embedded server is the {@code io.zonky.test.postgres} artifact on the class path, 18 unless the host's dependency
 * management names another version of it. Nothing that is written survives a power cut ({@code fsync=off}); else it is
 * configured like any other. Its files are in memory ({@code /dev/shm}) if there are 2 GB free, else below
 * {@code java.io.tmpdir}; {@code snagr.test.postgres.directory} names another place.
 */
public final class TestPostgres {
    private static final SharedServer<PostgresServer> SERVER = new SharedServer<>("postgres", PostgresServer::start);

    private final PostgresServer server;

    private TestPostgres(PostgresServer server) {
        this.server = server;
    }

    /**
     * The server, ready.
     *
     * @throws IllegalArgumentException if a setting is not one of those allowed
     * @throws IllegalStateException if it cannot be started or reached; the message says what to change
     */
    public static TestPostgres shared() {
        return new TestPostgres(SERVER.get());
    }

    public ServerKind kind() {
        return server.kind();
    }

    /** Such as {@code 18.6}. */
    public String version() {
        return server.version();
    }

    /** The address of the database that is there from the start. */
    public String jdbcUrl() {
        return server.jdbcUrl();
    }

    /** The address of another database. */
    public String jdbcUrl(String database) {
        return server.jdbcUrl(database);
    }

    /** A superuser, or on an external server whoever was named. */
    public String user() {
        return server.user();
    }

    public String password() {
        return server.password();
    }

    /** A new connection as {@link #user}, for the caller to close. */
    public Connection connect() throws SQLException {
        return server.connect();
    }

    PostgresServer server() {
        return server;
    }

    @Override
    public String toString() {
        return "TestPostgres[" + kind() + " " + version() + "]";
    }
}

package ai.snagr.data.postgres.internal.schema;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.ServerKind;
import ai.snagr.data.testkit.internal.PostgresServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A server that no other test uses: roles belong to all databases of a server, and these tests are about making them. */
public final class OwnServer implements AutoCloseable {
    private static final String PASSWORD = "a password for tests";

    private final PostgresServer server;
    private final List<String> databases = new ArrayList<>();
    private final List<String> logins = new ArrayList<>(List.of("snagr_app"));
    private int sequence;

    private OwnServer(PostgresServer server) {
        this.server = server;
    }

    /** A fresh server; the test is skipped where only an external one may be used, for it cannot be a fresh one. */
    public static OwnServer start() {
        PostgresServer server = PostgresServer.start();
        if (server.kind() == ServerKind.EXTERNAL) {
            server.close();
        }
        assumeTrue(
                server.kind() != ServerKind.EXTERNAL,
                "needs a server without roles of ours, which an external one cannot be for each test");
        return new OwnServer(server);
    }

    public int major() {
        return Integer.parseInt(server.version().split("\\.", 2)[0]);
    }

    /** A new login with these attributes, and a database that it owns. */
    public StoreAddress databaseOf(String login, String attributes) throws SQLException {
        try (Sql admin = admin()) {
            boolean exists = !admin.list("select 1 from pg_roles where rolname = ?", login)
                    .isEmpty();
            admin.run((exists ? "alter" : "create") + " role " + login + " login " + attributes + " password '"
                    + PASSWORD + "'");
            String database = "own_" + ++sequence;
            admin.run("create database " + database + " owner " + login + " template template0");
            databases.add(database);
            return new StoreAddress(server.jdbcUrl(database), login, PASSWORD).allowPlaintext("a server of tests");
        }
    }

    /** The same database for another login, which is created with these attributes. */
    public StoreAddress login(StoreAddress database, String login, String attributes) throws SQLException {
        try (Sql admin = admin()) {
            admin.run("create role " + login + " login " + attributes + " password '" + PASSWORD + "'");
            logins.add(login);
        }
        return database.as(login, PASSWORD);
    }

    /** Has that login, made by a test, dropped with the others. */
    void adopt(String login) {
        logins.add(login);
    }

    /** Drops the databases, and the logins that own none. */
    public void clear() throws SQLException {
        try (Sql admin = admin()) {
            for (String database : databases) {
                admin.run("drop database " + database + " with (force)");
            }
            for (String login : logins) {
                admin.run("drop role if exists " + login);
            }
        }
        databases.clear();
        logins.retainAll(List.of("snagr_app"));
    }

    /** A superuser in the database that is there from the start. */
    public Sql admin() throws SQLException {
        return new Sql(server.connect());
    }

    /** A superuser in that database. */
    public Sql admin(StoreAddress database) throws SQLException {
        return Sql.open(superuser(database));
    }

    public StoreAddress superuser(StoreAddress database) {
        return database.as(server.user(), server.password());
    }

    @Override
    public void close() {
        server.close();
    }
}

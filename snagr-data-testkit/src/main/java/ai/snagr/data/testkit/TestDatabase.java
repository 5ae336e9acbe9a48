package ai.snagr.data.testkit;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrData;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.SnagrDataProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.internal.PostgresServer;
import ai.snagr.data.testkit.internal.Providers;
import ai.snagr.data.testkit.internal.TestAdmins;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * A database of its own, dropped when closed. Its owner is an ordinary login that may create databases and roles, not a
 * superuser: what works here works in production.
 */
public final class TestDatabase implements AutoCloseable {
    private final TestPostgres postgres;
    private final StoreAddress address;
    private final String name;

    private TestDatabase(TestPostgres postgres, StoreAddress address) {
        this.postgres = postgres;
        this.address = address;
        int end = address.jdbcUrl().indexOf('?');
        String url = end < 0 ? address.jdbcUrl() : address.jdbcUrl().substring(0, end);
        this.name = url.substring(url.lastIndexOf('/') + 1);
    }

    /**
     * A database with the schema of the store on the class path: a copy of one that was migrated once for this process.
     *
     * @throws IllegalStateException if there is no store on the class path, or no server; the message says what to do
     */
    public static TestDatabase create() {
        SnagrDataProvider store = Providers.only();
        TestPostgres postgres = TestPostgres.shared();
        return new TestDatabase(postgres, postgres.server().databases().createMigrated(store));
    }

    /** An empty database, for tests of migrations. */
    public static TestDatabase createEmpty() {
        TestPostgres postgres = TestPostgres.shared();
        return new TestDatabase(postgres, postgres.server().databases().createEmpty());
    }

    /** The server it is on. */
    public TestPostgres postgres() {
        return postgres;
    }

    public String name() {
        return name;
    }

    /** Where it is, and its owner's login: what a host gives to the store's builder. */
    public StoreAddress address() {
        return address;
    }

    public String jdbcUrl() {
        return address.jdbcUrl();
    }

    /** The owner, who is no superuser. */
    public String user() {
        return address.user();
    }

    public String password() {
        return address.password();
    }

    /** A new connection as the owner, for the caller to close. */
    public Connection connect() throws SQLException {
        return PostgresServer.connect(jdbcUrl(), user(), password());
    }

    /**
     * A new connection for assertions on raw tables, for the caller to close: as a superuser, who passes by row-level
     * security, or on an external server as whoever was named.
     */
    public Connection adminConnection() throws SQLException {
        return PostgresServer.connect(jdbcUrl(), postgres.user(), postgres.password());
    }

    /** The store on this database, which admits {@link Samples#admin}; for the caller to close, and the keys after it. */
    public SnagrData open(KeyProvider keys) {
        return Providers.only().open(address, requireNonNull(keys, "keys"), TestAdmins::verify);
    }

    /** Drops the database, whoever is connected to it. Repeating it changes nothing. */
    @Override
    public void close() {
        postgres.server().databases().drop(name);
    }

    @Override
    public String toString() {
        return "TestDatabase[" + name + "]";
    }
}

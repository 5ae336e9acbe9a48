package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.snagr.data.spi.SnagrDataProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.ServerKind;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes and drops the databases of this process on one server. The first migrated one costs a migration, which becomes a
 * template; each further one is a copy of it.
 *
 * <p>All databases of a run carry its number in their name. The run holds an advisory lock of that number for as long as
 * it lives, by which a later run tells the databases of a killed one and drops them.
 */
public final class Databases implements AutoCloseable {
    /** The login that owns the test databases: no superuser, as in production. */
    public static final String OWNER = "snagr_test_owner";

    private static final Logger LOG = LoggerFactory.getLogger(Databases.class);
    private static final String PREFIX = "snagr_test_";
    private static final int LOCK_CLASS = 0x5376_6172;
    private static final int SETUP_LOCK = 0;

    private final PostgresServer server;
    private final String ownerPassword;
    private final int run = new SecureRandom().nextInt(1, Integer.MAX_VALUE);
    private final AtomicInteger sequence = new AtomicInteger();
    private final Map<Class<?>, String> templates = new HashMap<>();
    private @Nullable Connection connection;

    Databases(PostgresServer server) {
        this.server = server;
        this.ownerPassword = derivePassword(server.password());
    }

    /** Where a new, empty database is. */
    public synchronized StoreAddress createEmpty() {
        return create("template0");
    }

    /** Where a new database with the store's schema is. */
    public synchronized StoreAddress createMigrated(SnagrDataProvider store) {
        return create(templates.computeIfAbsent(store.getClass(), type -> newTemplate(store)));
    }

    /** Drops it, whoever is connected to it. Repeating it changes nothing. */
    public synchronized void drop(String name) {
        execute("drop database if exists " + name + " with (force)");
    }

    private StoreAddress create(String template) {
        return create(newName(), template);
    }

    private StoreAddress create(String name, String template) {
        // Copying files is the faster way, but asks for a checkpoint, which costs little where fsync is off and much
        // elsewhere.
        String strategy = server.kind() == ServerKind.EXTERNAL ? "wal_log" : "file_copy";
        execute("create database " + name + " owner " + OWNER + " template " + template + " strategy " + strategy);
        return address(name);
    }

    private String newTemplate(SnagrDataProvider store) {
        String name = newName();
        store.migrate(create(name, "template0"));
        execute("alter database " + name + " with allow_connections false");
        return name;
    }

    private String newName() {
        return PREFIX + String.format("%08x", run) + "_" + sequence.incrementAndGet();
    }

    private StoreAddress address(String name) {
        return new StoreAddress(server.jdbcUrl(name), OWNER, ownerPassword).allowPlaintext("a database of tests");
    }

    private void execute(String sql) {
        try (Statement statement = connection().createStatement()) {
            statement.execute(sql);
        } catch (SQLException failure) {
            throw new IllegalStateException("failed on the server of the tests: " + sql, failure);
        }
    }

    private Connection connection() throws SQLException {
        Connection current = connection;
        if (current == null || !current.isValid(5)) {
            current = server.connect();
            connection = current;
            setUp(current);
        }
        return current;
    }

    private void setUp(Connection fresh) throws SQLException {
        try (Statement statement = fresh.createStatement()) {
            lock(statement, "pg_advisory_lock", run);
            lock(statement, "pg_advisory_lock", SETUP_LOCK);
            try {
                createOwner(statement);
                dropLeftovers(statement);
            } finally {
                lock(statement, "pg_advisory_unlock", SETUP_LOCK);
            }
        }
    }

    private static boolean lock(Statement statement, String function, int number) throws SQLException {
        try (var row = statement.executeQuery("select " + function + "(" + LOCK_CLASS + ", " + number + ")::text")) {
            row.next();
            return !"false".equals(row.getString(1));
        }
    }

    private void createOwner(Statement statement) throws SQLException {
        String options = " login nosuperuser createdb createrole nobypassrls password '" + ownerPassword + "'";
        boolean exists;
        try (var row = statement.executeQuery("select 1 from pg_roles where rolname = '" + OWNER + "'")) {
            exists = row.next();
        }
        if (!exists) {
            statement.execute("create role " + OWNER + options);
        } else if (server.kind() == ServerKind.EXTERNAL) {
            statement.execute("alter role " + OWNER + " password '" + ownerPassword + "'");
        }
        // Who is no superuser makes databases only for roles that he belongs to.
        statement.execute("grant " + OWNER + " to current_user");
    }

    private void dropLeftovers(Statement statement) throws SQLException {
        List<String> names = new ArrayList<>();
        try (var rows = statement.executeQuery(
                "select datname from pg_database where datname ~ '^" + PREFIX + "[0-9a-f]{8}_[0-9]+$'")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        for (String name : names) {
            int owner = HexFormat.fromHexDigits(name, PREFIX.length(), PREFIX.length() + 8);
            if (owner != run && lock(statement, "pg_try_advisory_lock", owner)) {
                LOG.info("dropping {}, left behind by a run that was killed", name);
                statement.execute("drop database if exists " + name + " with (force)");
                lock(statement, "pg_advisory_unlock", owner);
            }
        }
    }

    /** The same for every run that knows the administrator's password, and of no use without it. */
    private static String derivePassword(String secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(("snagr-testkit:" + secret).getBytes(UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(OWNER.getBytes(UTF_8)), 0, 16);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Drops what is left of this run's databases. */
    @Override
    public synchronized void close() {
        if (connection == null) {
            return;
        }
        try (Connection last = connection;
                Statement statement = last.createStatement()) {
            for (int number = sequence.get(); number > 0; number--) {
                statement.execute("drop database if exists " + PREFIX + String.format("%08x", run) + "_" + number
                        + " with (force)");
            }
        } catch (SQLException serverIsGone) {
            LOG.debug("the databases of this run were not dropped: {}", serverIsGone.getMessage());
        }
        connection = null;
    }
}

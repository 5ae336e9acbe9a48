package ai.snagr.data.testkit.internal;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.testkit.ServerKind;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** A running PostgreSQL and how to reach it as one who may create databases and roles. */
public final class PostgresServer implements AutoCloseable {
    static final String SETTING = "snagr.test.postgres";
    static final String ADDRESS_PREFIX = "jdbc:postgresql://";

    /**
     * What a server of the testkit is started with. Nothing survives a power cut, which no test can tell; no setting here
     * changes what a statement does or what it may see.
     */
    static final List<String> SERVER_SETTINGS = List.of(
            "fsync=off", "full_page_writes=off", "max_connections=300", "shared_preload_libraries=pg_stat_statements");

    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
    private static final Set<String> MAJORS = Set.of("15", "16", "17", "18");
    private static final String DEFAULT_MAJOR = "18";

    /** Of the first server the choice is told; that of further ones is the same. */
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private final ServerKind kind;
    private final PostgresAddress address;
    private final String user;
    private final String password;
    private final AutoCloseable resource;
    private final String version;
    private final Databases databases;

    PostgresServer(ServerKind kind, PostgresAddress address, String user, String password, AutoCloseable resource) {
        this.kind = kind;
        this.address = address;
        this.user = user;
        this.password = password;
        this.resource = resource;
        this.version = readVersion();
        this.databases = new Databases(this);
    }

    /** The server that this process's settings choose, ready. */
    public static PostgresServer start() {
        return start(Settings.ofProcess());
    }

    static PostgresServer start(Settings settings) {
        Optional<String> major = major(settings);
        Choice choice = Choice.of(settings, SETTING, ADDRESS_PREFIX, DockerProbe::ask);
        PostgresServer server = start(settings, choice, major);
        try {
            server.requireMajor(major);
            server.requirePrivileges();
        } catch (RuntimeException unfit) {
            server.close();
            throw unfit;
        }
        return server;
    }

    private static PostgresServer start(Settings settings, Choice choice, Optional<String> major) {
        PostgresServer server;
        switch (choice.kind()) {
            case EXTERNAL -> server = external(settings, choice.address().orElseThrow());
            case DOCKER -> {
                try {
                    String image = settings.get(SETTING + ".image", "postgres:" + major.orElse(DEFAULT_MAJOR));
                    server = Containers.postgres(image, newPassword());
                } catch (RuntimeException failure) {
                    if (!choice.fallback() || settings.find(SETTING + ".image").isPresent()) {
                        throw new IllegalStateException(
                                "the PostgreSQL container did not start (" + choice.reason() + "): " + failure,
                                failure);
                    }
                    return start(settings, choice.insteadOfContainer(failure), major);
                }
            }
            default -> server = embedded(settings, major);
        }
        LOG.atLevel(SAID.getAndSet(true) ? Level.DEBUG : Level.INFO)
                .log(
                        "PostgreSQL {} for tests: {} at {} ({})",
                        server.version,
                        server.kind,
                        server.address,
                        choice.reason());
        return server;
    }

    private static PostgresServer embedded(Settings settings, Optional<String> major) {
        Path home = PostgresBinaries.unpacked(major);
        Path parent = settings.find(SETTING + ".directory").map(Path::of).orElseGet(EmbeddedPostgres::defaultParent);
        String password = newPassword();
        EmbeddedPostgres.Started started = EmbeddedPostgres.start(home, parent, password);
        return new PostgresServer(
                ServerKind.EMBEDDED,
                PostgresAddress.local(started.port()),
                EmbeddedPostgres.SUPERUSER,
                password,
                started.process());
    }

    private static PostgresServer external(Settings settings, String url) {
        PostgresAddress address = PostgresAddress.parse(url).sayingWhetherEncrypted();
        String user = settings.find(SETTING + ".user")
                .or(() -> PostgresAddress.parameter(url, "user"))
                .orElse("postgres");
        String password = settings.find(SETTING + ".password")
                .or(() -> PostgresAddress.parameter(url, "password"))
                .orElse("");
        return new PostgresServer(ServerKind.EXTERNAL, address, user, password, () -> {});
    }

    private static Optional<String> major(Settings settings) {
        String name = SETTING + ".version";
        Optional<String> major = settings.find(name);
        if (major.isPresent() && !MAJORS.contains(major.get())) {
            throw new IllegalArgumentException(Settings.names(name) + " must be 15, 16, 17 or 18");
        }
        return major;
    }

    private static String newPassword() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private String readVersion() {
        try (Connection connection = connect()) {
            // Packagers append their own name: 18.6 (Debian 18.6-1).
            return connection.getMetaData().getDatabaseProductVersion().split(" ", 2)[0];
        } catch (SQLException failure) {
            closeResource();
            throw new IllegalStateException(
                    "no PostgreSQL answers at " + address + " for " + user + "; check " + SETTING + ", " + SETTING
                            + ".user and " + SETTING + ".password: " + failure.getMessage(),
                    failure);
        }
    }

    private void requireMajor(Optional<String> major) {
        if (major.isPresent() && !version.startsWith(major.get() + ".")) {
            throw new IllegalStateException("the PostgreSQL at " + address + " is " + version + ", but " + SETTING
                    + ".version asks for " + major.get());
        }
    }

    private void requirePrivileges() {
        String sql = "select rolsuper or (rolcreatedb and rolcreaterole) from pg_roles where rolname = current_user";
        try (Connection connection = connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            if (!row.next() || !row.getBoolean(1)) {
                throw new IllegalStateException("the tests make databases and roles, which " + user + " may not do at "
                        + address + ": as a superuser, run ALTER ROLE " + user + " CREATEDB CREATEROLE");
            }
        } catch (SQLException failure) {
            throw new IllegalStateException("cannot read the privileges of " + user + " at " + address, failure);
        }
    }

    /** The databases of this process on this server. */
    public Databases databases() {
        return databases;
    }

    public ServerKind kind() {
        return kind;
    }

    /** Such as {@code 18.6}. */
    public String version() {
        return version;
    }

    public String user() {
        return user;
    }

    public String password() {
        return password;
    }

    /** The address of the database that is there from the start. */
    public String jdbcUrl() {
        return address.jdbcUrl();
    }

    /** The address of another database. */
    public String jdbcUrl(String database) {
        return address.jdbcUrl(database);
    }

    /** A new connection to the database that is there from the start. */
    public Connection connect() throws SQLException {
        return connect(jdbcUrl(), user, password);
    }

    public static Connection connect(String jdbcUrl, String user, String password) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", requireNonNull(user, "user"));
        properties.setProperty("password", requireNonNull(password, "password"));
        properties.setProperty("ApplicationName", "snagr-testkit");
        return DriverManager.getConnection(jdbcUrl, properties);
    }

    /** Stops the server, unless it is an external one. Repeating it changes nothing. */
    @Override
    public void close() {
        if (kind == ServerKind.EXTERNAL) {
            databases.close();
        }
        closeResource();
    }

    private void closeResource() {
        try {
            resource.close();
        } catch (Exception failure) {
            LOG.warn("PostgreSQL did not stop cleanly: {}", failure.toString());
        }
    }
}

package ai.snagr.data.testkit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.OneTableStore;
import ai.snagr.data.testkit.ServerKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ServersIT {
    private static final Settings EMBEDDED = Settings.of(name -> switch (name) {
        case "snagr.test.postgres", "snagr.test.redis" -> "embedded";
        default -> Settings.ofProcess().find(name).orElse(null);
    });

    private static PostgresServer server;

    @TempDir
    Path directory;

    @BeforeAll
    static void startServer() {
        server = PostgresServer.start(EMBEDDED);
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @Test
    void embeddedPostgres_hasTheMajorThatWasAskedFor() {
        String asked = Settings.ofProcess().get("snagr.test.postgres.version", "18");

        assertThat(server.kind()).isEqualTo(ServerKind.EMBEDDED);
        assertThat(server.version()).startsWith(asked + ".");
    }

    @Test
    void embeddedPostgres_onPortThatIsTaken_saysSoAndLeavesNothing() throws Exception {
        Path home = PostgresBinaries.unpacked(Settings.ofProcess().find("snagr.test.postgres.version"));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> EmbeddedPostgres.startOn(
                            port,
                            home,
                            Path.of(System.getProperty("java.io.tmpdir")),
                            UnprivilegedUser.choose(),
                            "secret"))
                    .isInstanceOf(IOException.class)
                    .message()
                    .containsPattern(EmbeddedPostgres.PORT_TAKEN);
        }
    }

    @Test
    void embeddedRedis_onPortThatIsTaken_saysSo() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> EmbeddedRedis.startOn(port, EmbeddedRedis::unpack))
                    .isInstanceOf(IOException.class)
                    .message()
                    .containsPattern(EmbeddedRedis.PORT_TAKEN);
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void embeddedRedis_binaryThatLacksALibrary_givesWayToTheNext() throws Exception {
        Path broken = brokenProgram();
        try (RedisServer redis = EmbeddedRedis.start(
                List.of(ignored -> Optional.of(broken), ignored -> Optional.empty(), EmbeddedRedis::unpack))) {
            assertThat(redis.version()).startsWith("6.2.");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void embeddedRedis_noneRuns_saysWhyAndWhatToDo() throws Exception {
        Path broken = brokenProgram();
        assertThatThrownBy(() -> EmbeddedRedis.start(List.of(ignored -> Optional.of(broken))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("libssl.so.3: cannot open shared object file")
                .hasMessageContaining("Put redis-server (6.2 or newer) on the PATH, or set snagr.test.redis to docker");
    }

    @Test
    void externalRedis_isUsedAndLeftRunning() {
        try (RedisServer redis = RedisServer.start(EMBEDDED)) {
            RedisServer external = RedisServer.start(Settings.of(Map.of("snagr.test.redis", redis.uri(0))::get));
            assertThat(external.kind()).isEqualTo(ServerKind.EXTERNAL);
            external.close();

            assertThat(redis.size(0)).isZero();
        }
    }

    @Test
    void externalRedis_databasesInUse_arePassedOver() throws Exception {
        try (RedisServer redis = RedisServer.start(EMBEDDED);
                RedisConnection someone = RedisConnection.open(RedisAddress.parse(redis.uri(0)), 0)) {
            someone.text("SET", "precious", "1");
            RedisServer external = RedisServer.start(Settings.of(Map.of("snagr.test.redis", redis.uri(0))::get));

            assertThat(external.claim()).isEqualTo(1);
            external.release(1);
            assertThat(redis.keys(0)).containsExactly("precious");
        }
    }

    @Test
    void externalRedis_nobodyThere_saysWhere() throws Exception {
        int port = Ports.onFreePort(EmbeddedRedis.PORT_TAKEN, free -> free);
        assertThatThrownBy(() -> RedisServer.start(
                        Settings.of(Map.of("snagr.test.redis", "redis://:secret@127.0.0.1:" + port)::get)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no Redis that fits answers at redis://127.0.0.1:" + port)
                .hasMessageNotContaining("secret");
    }

    @Test
    void externalPostgres_isUsedAndLeftRunningWithoutOurDatabases() throws Exception {
        PostgresServer external = PostgresServer.start(external(server.user(), server.password()));
        StoreAddress address = external.databases().createMigrated(new OneTableStore());
        assertThat(external.kind()).isEqualTo(ServerKind.EXTERNAL);
        assertThat(databases()).anyMatch(name -> address.jdbcUrl().endsWith("/" + name));

        external.close();

        assertThat(databases()).noneMatch(name -> name.startsWith("snagr_test_"));
    }

    @Test
    void externalPostgres_administratorWhoIsNoSuperuser_isEnough() throws Exception {
        // A role that another administrator made is not the steward's to change.
        execute("drop role if exists snagr_test_owner");
        execute("create role steward login createdb createrole password 'steward'");
        try (PostgresServer external = PostgresServer.start(external("steward", "steward"))) {
            StoreAddress address = external.databases().createMigrated(new OneTableStore());
            try (Connection owner = PostgresServer.connect(address.jdbcUrl(), address.user(), address.password());
                    Statement statement = owner.createStatement()) {
                statement.execute("insert into note values ('here')");
            }
        } finally {
            execute("drop role if exists snagr_test_owner");
            execute("drop role steward");
        }
    }

    @Test
    void externalPostgres_userWhoMayNotMakeDatabases_saysWhatToGrant() throws Exception {
        execute("create role visitor login password 'visitor'");
        try {
            assertThatThrownBy(() -> PostgresServer.start(external("visitor", "visitor")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("which visitor may not do")
                    .hasMessageContaining("ALTER ROLE visitor CREATEDB CREATEROLE");
        } finally {
            execute("drop role visitor");
        }
    }

    @Test
    void externalPostgres_wrongPassword_saysWhichSettingsToCheckAndNotThePassword() {
        assertThatThrownBy(() -> PostgresServer.start(external("postgres", "wrong-secret")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("snagr.test.postgres.user and snagr.test.postgres.password")
                .hasMessageNotContaining("wrong-secret");
    }

    @Test
    void externalPostgres_ofAnotherMajor_isRefused() {
        String other = server.version().startsWith("15.") ? "16" : "15";
        assertThatThrownBy(() -> PostgresServer.start(
                        external(server.user(), server.password(), Map.of("snagr.test.postgres.version", other))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is " + server.version() + ", but snagr.test.postgres.version asks for " + other);
    }

    @Test
    void databasesOfKilledRun_areDroppedAndThoseOfLivingRunsKept() throws Exception {
        execute("create database snagr_test_0000abcd_1");
        try (PostgresServer living = PostgresServer.start(external(server.user(), server.password()))) {
            StoreAddress kept = living.databases().createEmpty();
            assertThat(databases()).doesNotContain("snagr_test_0000abcd_1");

            try (PostgresServer next = PostgresServer.start(external(server.user(), server.password()))) {
                next.databases().createEmpty();
                assertThat(databases()).anyMatch(name -> kept.jdbcUrl().endsWith("/" + name));
            }
        }
    }

    @Test
    void databasesOfThisRun_surviveTheLossOfItsConnection() throws Exception {
        try (PostgresServer external = PostgresServer.start(external(server.user(), server.password()))) {
            StoreAddress kept = external.databases().createEmpty();
            execute("select pg_terminate_backend(pid) from pg_stat_activity"
                    + " where application_name = 'snagr-testkit' and pid <> pg_backend_pid()");

            external.databases().createEmpty();

            assertThat(databases()).anyMatch(name -> kept.jdbcUrl().endsWith("/" + name));
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void serversOfKilledProcess_endAndLeaveNothing() throws Exception {
        // Like any temporary directory: for root's PostgreSQL runs as another user.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dsnagr.test.postgres=embedded",
                        "-Dsnagr.test.redis=embedded",
                        "-Dsnagr.test.postgres.version="
                                + Settings.ofProcess().get("snagr.test.postgres.version", "18"),
                        "-Djava.io.tmpdir=" + directory,
                        "-Dsnagr.test.postgres.directory=" + directory,
                        StartsServers.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int postgres = Integer.parseInt(output.readLine());
            int redis = Integer.parseInt(output.readLine());
            assertThat(List.of(listens(postgres), listens(redis))).containsExactly(true, true);
            List<ProcessHandle> servers = process.descendants().toList();
            assertThat(servers).isNotEmpty();

            process.destroyForcibly().waitFor();

            for (ProcessHandle handle : servers) {
                handle.onExit().get(30, TimeUnit.SECONDS);
            }
            assertThat(List.of(listens(postgres), listens(redis))).containsExactly(false, false);
            assertThat(directory).isDirectoryNotContaining("regex:.*/snagr-(postgres|redis)-.*");
        }
    }

    private Path brokenProgram() throws IOException {
        Path program = Files.writeString(
                directory.resolve("redis-server"),
                "#!/bin/sh\necho 'redis-server: error while loading shared libraries: libssl.so.3: cannot open shared object"
                        + " file: No such file or directory' >&2\nexit 127\n");
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Settings external(String user, String password) {
        return external(user, password, Map.of());
    }

    private static Settings external(String user, String password, Map<String, String> more) {
        Map<String, String> values = new HashMap<>(Map.of(
                "snagr.test.postgres", server.jdbcUrl(),
                "snagr.test.postgres.user", user,
                "snagr.test.postgres.password", password));
        values.putAll(more);
        return Settings.of(values::get);
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> databases() throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select datname from pg_database")) {
            List<String> names = new ArrayList<>();
            while (rows.next()) {
                names.add(rows.getString(1));
            }
            return names;
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException refused) {
            return false;
        }
    }

    /** The main class of a process that starts both servers, tells their ports and waits to be killed. */
    static final class StartsServers {
        private StartsServers() {}

        public static void main(String[] arguments) throws Exception {
            try (PostgresServer postgres = PostgresServer.start();
                    RedisServer redis = RedisServer.start()) {
                System.out.println(postgres.jdbcUrl().replaceAll(".*:(\\d+)/.*", "$1"));
                System.out.println(redis.uri(0).replaceAll(".*:(\\d+)/.*", "$1"));
                Thread.currentThread().join();
            }
        }
    }
}

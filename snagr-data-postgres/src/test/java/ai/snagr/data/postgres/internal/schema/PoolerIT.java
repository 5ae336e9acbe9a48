package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.spi.StoreAddress;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A PgBouncer between us and the server. {@code snagr.test.pgbouncer} (a system property) is its path; without it the program
 * is looked for on the PATH, and where there is none these tests are skipped.
 */
final class PoolerIT {
    private static final Set<DatabaseRole> WEB = EnumSet.of(DatabaseRole.USER, DatabaseRole.AUTH);

    private static OwnServer server;
    private static Path program;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        Optional<Path> found = find();
        assumeTrue(
                found.isPresent(),
                "nothing is proven about poolers: there is no pgbouncer here; install it, or name it with"
                        + " -Dsnagr.test.pgbouncer=…");
        program = found.orElseThrow();
        server = OwnServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void migrate_throughATransactionPooler_isRefusedAndLeavesNothing() throws Exception {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");

        Throwable refusal = through("transaction", owner, pooled -> catchThrowable(() -> Schema.migrateOnly(pooled)));

        assertThat(refusal)
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION))
                .hasMessageContaining("pooler")
                .hasMessageContaining("migrator(…)");
        try (Sql admin = server.admin(owner)) {
            assertThat(admin.list("select 1 from pg_namespace where nspname = 'snagr'"))
                    .isEmpty();
        }
    }

    @Test
    void migrate_throughASessionPooler_works() throws Exception {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");

        Throwable failure = through("session", owner, pooled -> catchThrowable(() -> Schema.migrateOnly(pooled)));

        assertThat(failure).isNull();
    }

    @Test
    void primary_throughATransactionPooler_isVerifiedAndServes() throws Exception {
        StoreAddress owner = server.databaseOf("migrator", "nosuperuser createrole");
        Schema.migrateOnly(owner);
        StoreAddress web = server.login(owner, "web", "noinherit");
        try (Sql admin = server.admin(owner)) {
            admin.run("grant snagr_user, snagr_auth to web"
                    + (server.major() < 16 ? "" : " with inherit false, set true"));
        }

        StoreAddress serving = through(
                "transaction",
                web,
                pooled -> Schema.prepare(owner, Optional.of(pooled), WEB).serving());

        assertThat(serving.user()).isEqualTo("web");
    }

    /** Runs the work with the address that leads through a pooler of that mode. */
    private <T> T through(String mode, StoreAddress direct, Work<T> work) throws Exception {
        int port = freePort();
        Process pooler = startPooler(mode, direct, port);
        try {
            String url = direct.jdbcUrl().replaceFirst(":[0-9]+/", ":" + port + "/");
            return work.with(new StoreAddress(url, direct.user(), direct.password()));
        } finally {
            pooler.destroy();
            pooler.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private Process startPooler(String mode, StoreAddress direct, int port) throws IOException, InterruptedException {
        URI server = URI.create(direct.jdbcUrl().substring("jdbc:".length()));
        Path users = Files.writeString(
                directory.resolve("users.txt"), "\"%s\" \"%s\"\n".formatted(direct.user(), direct.password()));
        Path configuration = Files.writeString(directory.resolve("pgbouncer.ini"), """
                [databases]
                * = host=%s port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                pool_mode = %s
                ignore_startup_parameters = extra_float_digits
                """.formatted(
                        server.getHost(), server.getPort(), port, users, mode));
        List<String> command = new ArrayList<>(List.of(program.toString()));
        if (System.getProperty("user.name").equals("root")) {
            // It refuses to run as root, and must still read its files.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(configuration.toString());
        Process pooler = new ProcessBuilder(command).redirectErrorStream(true).start();
        var lines = pooler.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains("process up")) {
                return pooler;
            }
        }
        throw new IllegalStateException("pgbouncer ended with " + pooler.waitFor());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Optional<Path> find() {
        String named = System.getProperty("snagr.test.pgbouncer");
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), Stream.of("/usr/sbin"))
                .map(folder -> Path.of(folder, "pgbouncer"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private interface Work<T> {
        T with(StoreAddress pooled) throws SQLException;
    }
}

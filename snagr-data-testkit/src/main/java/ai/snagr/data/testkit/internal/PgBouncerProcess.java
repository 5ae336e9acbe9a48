package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.snagr.data.spi.StoreAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A PgBouncer as a child process: on a free port of 127.0.0.1, with files of its own. */
public final class PgBouncerProcess implements AutoCloseable {
    public static final String SETTING = "snagr.test.pgbouncer";

    private static final Pattern READY = Pattern.compile("process up");
    private static final Pattern PORT_TAKEN = Pattern.compile("Address already in use|nowhere to listen on");
    private static final Pattern VERSION = Pattern.compile("PgBouncer (\\d+)\\.(\\d+)");

    private final int port;
    private final ServerProcess process;

    private PgBouncerProcess(int port, ServerProcess process) {
        this.port = port;
        this.process = process;
    }

    /** The program; empty where it is not installed. */
    public static Optional<Path> find() {
        return Settings.ofProcess()
                .find(SETTING)
                .map(Path::of)
                .or(() -> OperatingSystem.onPath("pgbouncer"))
                .or(() -> Optional.of(Path.of("/usr/sbin/pgbouncer")).filter(Files::isExecutable));
    }

    /** Whether it is 1.21 or newer. */
    public static boolean keepsPreparedStatements() {
        try {
            Process asked = new ProcessBuilder(program().toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            asked.getOutputStream().close();
            Matcher version = VERSION.matcher(new String(asked.getInputStream().readAllBytes(), UTF_8));
            if (!version.find()) {
                throw new IllegalStateException(program() + " --version does not say its version");
            }
            int major = Integer.parseInt(version.group(1));
            return major > 1 || Integer.parseInt(version.group(2)) >= 21;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot run " + program(), failure);
        }
    }

    /** Before that server, with the login of that address. */
    public static PgBouncerProcess start(StoreAddress direct, List<String> settings) {
        Path program = program();
        try {
            return Ports.onFreePort(
                    PORT_TAKEN, port -> new PgBouncerProcess(port, startOn(port, program, direct, settings)));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot start " + program + ": " + failure.getMessage(), failure);
        }
    }

    private static ServerProcess startOn(int port, Path program, StoreAddress direct, List<String> settings)
            throws IOException {
        UnprivilegedUser user = UnprivilegedUser.choose();
        Path directory = RunDirectory.create(Path.of(System.getProperty("java.io.tmpdir")), "snagr-pgbouncer-");
        try {
            user.own(directory);
            Path users = write(
                    user,
                    directory.resolve("users.txt"),
                    "\"%s\" \"%s\"\n".formatted(direct.user(), direct.password()));
            Path configuration = write(
                    user, directory.resolve("pgbouncer.ini"), configuration(port, users, server(direct), settings));
            // KILL: the others wait for clients or for transactions, which of them depends on the version.
            return ServerProcess.start(
                    new ServerProcess.Program(
                            "pgbouncer",
                            user.prefix(),
                            List.of(program.toString(), configuration.toString()),
                            READY,
                            "KILL"),
                    directory);
        } catch (IOException | RuntimeException failure) {
            RunDirectory.delete(directory);
            throw failure;
        }
    }

    private static String configuration(int port, Path users, URI server, List<String> settings) {
        return """
                [databases]
                * = host=%s port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                ignore_startup_parameters = extra_float_digits
                %s
                """.formatted(
                        server.getHost(),
                        server.getPort() < 0 ? 5432 : server.getPort(),
                        port,
                        users,
                        String.join("\n", settings));
    }

    private static Path write(UnprivilegedUser user, Path file, String text) throws IOException {
        Path written = Files.writeString(file, text);
        user.own(written);
        return written;
    }

    private static URI server(StoreAddress direct) {
        return URI.create(direct.jdbcUrl().substring("jdbc:".length()));
    }

    private static Path program() {
        return find().orElseThrow(() -> new IllegalStateException(
                "there is no pgbouncer here: install it, or name it" + " with " + Settings.names(SETTING)));
    }

    /** Where it listens, on 127.0.0.1. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.close();
    }
}

package ai.snagr.data.postgres.internal.schema;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.snagr.data.spi.StoreAddress;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A PgBouncer before a server, started for one test. {@code snagr.test.pgbouncer} (a system property) is its path; without it
 * the program is looked for on the PATH, and where there is none the tests are skipped.
 */
public final class PgBouncer implements AutoCloseable {
    private static final Pattern VERSION = Pattern.compile("PgBouncer (\\d+)\\.(\\d+)");

    private final Process process;
    private final StoreAddress address;

    private PgBouncer(Process process, StoreAddress address) {
        this.process = process;
        this.address = address;
    }

    /** Skips the test where there is no PgBouncer. */
    public static void assumeInstalled() {
        assumeTrue(
                find().isPresent(),
                "nothing is proven about poolers: there is no pgbouncer here; install it, or name it with"
                        + " -Dsnagr.test.pgbouncer=…");
    }

    /** Whether it is one that can keep prepared statements. */
    public static boolean keepsPreparedStatements() throws IOException {
        Process asked = new ProcessBuilder(program().toString(), "--version")
                .redirectErrorStream(true)
                .start();
        try (InputStream answer = asked.getInputStream()) {
            Matcher version = VERSION.matcher(new String(answer.readAllBytes(), StandardCharsets.UTF_8));
            if (!version.find()) {
                throw new IllegalStateException("pgbouncer --version does not say its version");
            }
            int minor = Integer.parseInt(version.group(2));
            return Integer.parseInt(version.group(1)) > 1 || minor >= 21;
        }
    }

    /**
     * Starts one that knows the login of that address.
     *
     * @param directory for its files, of this one alone
     * @param settings further lines of its configuration, such as {@code pool_mode = transaction}
     */
    public static PgBouncer start(Path directory, StoreAddress direct, String... settings)
            throws IOException, InterruptedException {
        int port = freePort();
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
                ignore_startup_parameters = extra_float_digits
                %s
                """.formatted(
                        server.getHost(), server.getPort(), port, users, String.join("\n", settings)));
        List<String> command = new ArrayList<>(List.of(program().toString()));
        if (System.getProperty("user.name").equals("root")) {
            // It refuses to run as root, and must still read its files.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(configuration.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var lines = process.inputReader();
        StringBuilder said = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            if (line.contains("process up")) {
                String url = direct.jdbcUrl().replaceFirst(":[0-9]+/", ":" + port + "/");
                return new PgBouncer(process, new StoreAddress(url, direct.user(), direct.password()));
            }
        }
        throw new IllegalStateException("pgbouncer ended with " + process.waitFor() + ":\n" + said);
    }

    /** The same login and database, through it. */
    public StoreAddress address() {
        return address;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }

    private static Path program() {
        return find().orElseThrow();
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
}

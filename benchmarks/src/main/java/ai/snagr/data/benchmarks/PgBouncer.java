package ai.snagr.data.benchmarks;

import ai.snagr.data.spi.StoreAddress;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PgBouncer in transaction mode before a server, from the operating system's package. */
final class PgBouncer implements AutoCloseable {
    static final String NEEDED = "needs pgbouncer on the PATH: it is a package of the operating system";

    private final Process process;
    private final Path directory;
    private final StoreAddress address;

    private PgBouncer(Process process, Path directory, StoreAddress address) {
        this.process = process;
        this.directory = directory;
        this.address = address;
    }

    /** One for that login; empty where the program is not installed. */
    static Optional<PgBouncer> before(StoreAddress direct) throws IOException {
        Optional<Path> program = program();
        return program.isEmpty() ? Optional.empty() : Optional.of(start(program.get(), direct));
    }

    /** The same login, through it. */
    StoreAddress address() {
        return address;
    }

    private static PgBouncer start(Path program, StoreAddress direct) throws IOException {
        Path directory = Files.createTempDirectory("pgbouncer");
        int port = freePort();
        URI server = URI.create(direct.jdbcUrl().substring("jdbc:".length()));
        Path users = Files.writeString(
                directory.resolve("users.txt"), "\"%s\" \"%s\"\n".formatted(direct.user(), direct.password()));
        Path configuration = Files.writeString(
                directory.resolve("pgbouncer.ini"), """
                [databases]
                * = host=%s port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                pool_mode = transaction
                ignore_startup_parameters = extra_float_digits
                """.formatted(server.getHost(), server.getPort(), port, users));
        List<String> command = new ArrayList<>(List.of(program.toString()));
        if (System.getProperty("user.name").equals("root")) {
            // It refuses to run as root, and must still read its files.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(configuration.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader lines = process.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains("process up")) {
                String url = "jdbc:postgresql://127.0.0.1:" + port + server.getPath();
                return new PgBouncer(process, directory, new StoreAddress(url, direct.user(), direct.password()));
            }
        }
        throw new IllegalStateException("pgbouncer did not start");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Optional<Path> program() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), Stream.of("/usr/sbin"))
                .map(folder -> Path.of(folder, "pgbouncer"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        Process ignored = process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}

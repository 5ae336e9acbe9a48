package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A PostgreSQL of our own: a fresh cluster below the temporary directory, on a free port of 127.0.0.1. */
final class EmbeddedPostgres {
    static final String SUPERUSER = "postgres";

    private static final String DIRECTORY_PREFIX = "snagr-postgres-";
    private static final long ENOUGH_MEMORY_BYTES = 2L << 30;
    private static final Pattern READY = Pattern.compile("database system is ready to accept connections");
    static final Pattern PORT_TAKEN =
            Pattern.compile("could not bind|Address already in use|could not create any TCP/IP");
    private static final String PROGRAM_SUFFIX = OperatingSystem.isWindows() ? ".exe" : "";

    /** Sorted by bytes, and with the letters of Unicode, which text search needs to tell words. */
    private static final String CTYPE =
            OperatingSystem.isWindows() ? "C" : OperatingSystem.isMac() ? "en_US.UTF-8" : "C.UTF-8";

    private EmbeddedPostgres() {}

    /** A started server on that port. */
    record Started(int port, ServerProcess process) {}

    /**
     * The server, ready.
     *
     * @param home with {@code bin/initdb} and {@code bin/postgres}
     * @param parent where the cluster's directory is made
     * @param password of the superuser {@value #SUPERUSER}
     */
    static Started start(Path home, Path parent, String password) {
        UnprivilegedUser user = UnprivilegedUser.choose();
        try {
            return Ports.onFreePort(PORT_TAKEN, port -> new Started(port, startOn(port, home, parent, user, password)));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot start the embedded PostgreSQL: " + failure.getMessage(), failure);
        }
    }

    /**
     * Where clusters are made unless a setting says otherwise: in memory, if there is plenty. Making a database makes some
     * 300 files, which costs a disk's file system up to 20 times what the copying does.
     */
    static Path defaultParent() {
        Path memory = Path.of("/dev/shm");
        boolean roomy = OperatingSystem.isLinux()
                && Files.isWritable(memory)
                && memory.toFile().getUsableSpace() >= ENOUGH_MEMORY_BYTES;
        return roomy ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    static ServerProcess startOn(int port, Path home, Path parent, UnprivilegedUser user, String password)
            throws IOException {
        Path directory = RunDirectory.create(parent, DIRECTORY_PREFIX);
        try {
            user.own(directory);
            Path data = directory.resolve("data");
            initialize(home, user, directory, data, password);
            List<String> command = command(home, data, port);
            // SIGINT asks for a fast shutdown; SIGTERM would wait for the clients.
            return ServerProcess.start(
                    new ServerProcess.Program("postgres", user.prefix(), command, READY, "INT"), directory);
        } catch (IOException | RuntimeException failure) {
            RunDirectory.delete(directory);
            throw failure;
        }
    }

    private static List<String> command(Path home, Path data, int port) {
        List<String> command = new ArrayList<>(List.of(program(home, "postgres"), "-D", data.toString()));
        PostgresServer.SERVER_SETTINGS.forEach(setting -> command.addAll(List.of("-c", setting)));
        command.addAll(List.of(
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "port=" + port,
                "-c",
                "unix_socket_directories=",
                "-c",
                "logging_collector=off",
                "-c",
                "log_destination=stderr"));
        return command;
    }

    private static void initialize(Path home, UnprivilegedUser user, Path directory, Path data, String password)
            throws IOException {
        Path passwordFile = Files.writeString(directory.resolve("password"), password);
        user.own(passwordFile);
        List<String> command = new ArrayList<>(user.prefix());
        command.addAll(List.of(
                program(home, "initdb"),
                "-D",
                data.toString(),
                "-U",
                SUPERUSER,
                "--pwfile",
                passwordFile.toString(),
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--lc-ctype",
                CTYPE,
                "--no-sync",
                "--no-instructions"));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        run(builder, user);
        Files.delete(passwordFile);
    }

    private static void run(ProcessBuilder builder, UnprivilegedUser user) throws IOException {
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("initdb failed"
                        + user.name()
                                .map(name -> " (run as " + name + ", which must be able to enter "
                                        + builder.directory().getParent() + ")")
                                .orElse("")
                        + "; it said: " + output);
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while initdb was running", interrupted);
        }
    }

    private static String program(Path home, String name) {
        return home.resolve("bin").resolve(name + PROGRAM_SUFFIX).toString();
    }
}

package ai.snagr.data.testkit.internal;

import ai.snagr.data.testkit.ServerKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.core.ExecutableProvider;

/**
 * A Redis of our own, on a free port of 127.0.0.1: the binary that {@code com.github.codemonstur:embedded-redis} brings
 * or, where that does not run (it needs OpenSSL 3 of the system), {@code redis-server} or {@code valkey-server} of the
 * PATH.
 */
final class EmbeddedRedis {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRedis.class);
    private static final Pattern READY = Pattern.compile("Ready to accept connections");
    static final Pattern PORT_TAKEN = Pattern.compile("Address already in use|bind:|Failed listening");

    private EmbeddedRedis() {}

    /** Where a program is: it may have to be unpacked into the directory given. */
    interface Program extends Function<Path, Optional<Path>> {}

    static RedisServer start() {
        return start(List.of(
                EmbeddedRedis::unpack,
                directory -> OperatingSystem.onPath("redis-server"),
                directory -> OperatingSystem.onPath("valkey-server")));
    }

    /** The server from the first of the programs that starts. */
    static RedisServer start(List<Program> programs) {
        List<String> failures = new ArrayList<>();
        for (Program program : programs) {
            try {
                Optional<RedisServer> started = start(program);
                if (started.isPresent()) {
                    return started.get();
                }
            } catch (IOException failure) {
                LOG.warn("a Redis binary does not run here, the next one is tried: {}", failure.getMessage());
                failures.add(String.valueOf(failure.getMessage()));
            }
        }
        throw new IllegalStateException("no Redis binary runs here: " + String.join("; ", failures)
                + ". Put redis-server (6.2 or newer) on the PATH, or set " + RedisServer.SETTING
                + " to docker or to the address of a server");
    }

    private static Optional<RedisServer> start(Program program) throws IOException {
        return Ports.onFreePort(PORT_TAKEN, port -> startOn(port, program));
    }

    /** The server; empty if there is no such program. */
    static Optional<RedisServer> startOn(int port, Program program) throws IOException {
        Path directory = RunDirectory.create(Path.of(System.getProperty("java.io.tmpdir")), "snagr-redis-");
        try {
            Optional<Path> executable = program.apply(directory);
            if (executable.isEmpty()) {
                RunDirectory.delete(directory);
                return Optional.empty();
            }
            List<String> command = command(executable.get(), port);
            ServerProcess process = ServerProcess.start(
                    new ServerProcess.Program("redis", List.of(), command, READY, "TERM"), directory);
            return Optional.of(new RedisServer(ServerKind.EMBEDDED, RedisAddress.local(port), process));
        } catch (IOException | RuntimeException failure) {
            RunDirectory.delete(directory);
            throw failure;
        }
    }

    private static List<String> command(Path executable, int port) {
        List<String> command = new ArrayList<>(List.of(executable.toString()));
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--daemonize", "no"));
        command.addAll(RedisServer.SERVER_SETTINGS);
        return command;
    }

    static Optional<Path> unpack(Path directory) {
        try {
            return Optional.of(ExecutableProvider.newJarResourceProvider(directory.toFile())
                    .get()
                    .toPath());
        } catch (IOException | RuntimeException noneForThisPlatform) {
            LOG.debug("no bundled Redis: {}", noneForThisPlatform.toString());
            return Optional.empty();
        }
    }
}

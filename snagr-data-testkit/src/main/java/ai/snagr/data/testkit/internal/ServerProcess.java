package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server as a child process that cannot outlive this one.
 *
 * <p>Between the two stands a shell that waits for the end of its standard input, which this process holds open and the
 * operating system closes however this process ends, a kill included. The shell then stops the server and removes
 * its directory. On Windows there is no such shell, and a killed test run leaves the server behind.
 */
final class ServerProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
    private static final int KEPT_LINES = 40;

    /**
     * Arguments: the directory to remove at the end, the signal that stops the server, then its command. A shell without
     * job control starts background commands with standard input from /dev/null
     * (<a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_09_03_02">POSIX</a>):
     * hence the copy of the input.
     */
    private static final String LIFELINE = """
            directory=$1 signal=$2
            shift 2
            trap '' HUP INT
            exec 3<&0
            "$@" </dev/null 3<&- &
            server=$!
            (while read -r line; do :; done; kill -"$signal" "$server" 2>/dev/null) <&3 >/dev/null 2>&1 &
            watcher=$!
            wait "$server"
            status=$?
            kill "$watcher" 2>/dev/null
            rm -rf -- "$directory"
            exit "$status"
            """;

    private final String name;
    private final Process process;
    private final Path directory;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final CompletableFuture<String> ready = new CompletableFuture<>();

    private ServerProcess(String name, Process process, Path directory) {
        this.name = name;
        this.process = process;
        this.directory = directory;
    }

    /**
     * What is run.
     *
     * @param name for messages
     * @param prefix a command that runs the rest as another user; empty to run it as this one
     * @param command the server's own
     * @param readyLine found in the line of output that says that it is ready
     * @param stopSignal stops it without waiting for its clients, such as {@code TERM}
     */
    record Program(String name, List<String> prefix, List<String> command, Pattern readyLine, String stopSignal) {}

    /**
     * The process, once it has said that it is ready.
     *
     * @param directory the server's own, removed at the end
     * @throws IOException if it ends before that, or takes too long; the message holds its last lines
     */
    static ServerProcess start(Program program, Path directory) throws IOException {
        List<String> line = new ArrayList<>(program.prefix());
        if (!OperatingSystem.isWindows()) {
            line.addAll(List.of("/bin/sh", "-c", LIFELINE, "sh", directory.toString(), program.stopSignal()));
        }
        line.addAll(program.command());
        ProcessBuilder builder =
                new ProcessBuilder(line).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        ServerProcess server = new ServerProcess(program.name(), builder.start(), directory);
        Thread reader = new Thread(() -> server.readOutput(program.readyLine()), "snagr-testkit-" + program.name());
        reader.setDaemon(true);
        reader.start();
        try {
            server.awaitReady();
            return server;
        } catch (IOException | RuntimeException failure) {
            server.close();
            throw failure;
        }
    }

    private void awaitReady() throws IOException {
        try {
            LOG.debug("{}: {}", name, ready.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS));
        } catch (ExecutionException ended) {
            throw new IOException(name + " ended while starting; it said: " + lastLines(), ended);
        } catch (TimeoutException tooSlow) {
            throw new IOException(
                    name + " was not ready after " + START_LIMIT.toSeconds() + " s; it said: " + lastLines(), tooSlow);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + name + " was starting", interrupted);
        }
    }

    /** Reads until the end: a server whose pipe is full would stand still. */
    private void readOutput(Pattern readyLine) {
        try (BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                LOG.debug("{}: {}", name, line);
                keep(line);
                if (readyLine.matcher(line).find()) {
                    ready.complete(line);
                }
            }
        } catch (IOException closed) {
            LOG.debug("{}: {}", name, closed.getMessage());
        }
        ready.completeExceptionally(new EOFException("the output has ended"));
    }

    private void keep(String line) {
        synchronized (lastLines) {
            if (lastLines.size() == KEPT_LINES) {
                lastLines.removeFirst();
            }
            lastLines.addLast(line);
        }
    }

    private String lastLines() {
        synchronized (lastLines) {
            return lastLines.isEmpty() ? "nothing" : String.join(System.lineSeparator(), lastLines);
        }
    }

    /** Stops the server and waits until it is gone; its directory is gone with it. Repeating it changes nothing. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (OperatingSystem.isWindows()) {
                process.destroy();
            }
            if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("{} did not stop in {} s and is killed", name, STOP_LIMIT.toSeconds());
                kill();
            }
        } catch (IOException alreadyGone) {
            kill();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            kill();
        }
        RunDirectory.delete(directory);
    }

    private void kill() {
        List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
        family.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}

package ai.snagr.data.testkit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class ServerProcessTest {
    private static final Pattern READY = Pattern.compile("ready");

    @TempDir
    Path parent;

    @Test
    void start_programThatEnds_tellsItsLastWords() {
        assertThatThrownBy(() -> start("echo one; echo 'no such library'; exit 3"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ended while starting")
                .hasMessageContaining("no such library");
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void start_programThatDoesNotExist_isRefused() {
        assertThatThrownBy(() -> start(List.of(parent.resolve("none").toString())))
                .isInstanceOf(IOException.class);
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void close_signalsTheServerAndRemovesItsDirectory() throws Exception {
        Path stopped = parent.resolve("stopped");
        ServerProcess server =
                start("trap 'kill $!; echo yes > " + stopped + "; exit 0' TERM; echo ready; sleep 600 & wait");

        server.close();

        assertThat(stopped).hasContent("yes");
        assertThat(parent).isDirectoryNotContaining(path -> Files.isDirectory(path));
    }

    @Test
    void close_twice_changesNothing() throws Exception {
        ServerProcess server = start("trap 'kill $!; exit 0' TERM; echo ready; sleep 600 & wait");
        server.close();
        server.close();
    }

    @Test
    void onFreePort_portTaken_triesAnother() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        int port = Ports.onFreePort(Pattern.compile("in use"), free -> {
            if (tries.incrementAndGet() < 3) {
                throw new IOException("Address already in use");
            }
            return free;
        });
        assertThat(tries).hasValue(3);
        assertThat(port).isPositive();
    }

    @Test
    void onFreePort_anotherFailure_isNotRepeated() {
        AtomicInteger tries = new AtomicInteger();
        assertThatThrownBy(() -> Ports.onFreePort(Pattern.compile("in use"), free -> {
                    tries.incrementAndGet();
                    throw new IOException("no memory");
                }))
                .hasMessage("no memory");
        assertThat(tries).hasValue(1);
    }

    private ServerProcess start(String script) throws IOException {
        return start(List.of("/bin/sh", "-c", script));
    }

    private ServerProcess start(List<String> command) throws IOException {
        return ServerProcess.start(
                new ServerProcess.Program("server", List.of(), command, READY, "TERM"),
                RunDirectory.create(parent, "run-"));
    }
}

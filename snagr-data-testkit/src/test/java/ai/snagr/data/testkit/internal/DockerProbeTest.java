package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DockerProbeTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @TempDir
    Path directory;

    @Test
    void ask_engineOnUnixSocket_answers() throws Exception {
        Path socket = directory.resolve("docker.sock");
        try (ServerSocketChannel engine = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            engine.bind(UnixDomainSocketAddress.of(socket));
            Thread thread = new Thread(() -> answerOnce(engine, OK));
            thread.start();

            assertThat(DockerProbe.ask(List.of("unix://" + socket)))
                    .isEqualTo(new DockerProbe.Answer(true, "a Docker Engine answers at unix://" + socket));
            thread.join();
        }
    }

    @Test
    void ask_staleSocketFile_doesNotAnswer() throws Exception {
        Path socket = directory.resolve("docker.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket))
                .close();
        assertThat(Files.exists(socket)).isTrue();

        assertThat(DockerProbe.ask(List.of("unix://" + socket)).engineAnswers()).isFalse();
    }

    @Test
    void ask_ordinaryFileOrNothing_doesNotAnswer() throws Exception {
        Path file = Files.createFile(directory.resolve("docker.sock"));

        DockerProbe.Answer answer = DockerProbe.ask(List.of("unix://" + file, "unix://" + directory.resolve("none")));

        assertThat(answer.engineAnswers()).isFalse();
        assertThat(answer.finding()).startsWith("no Docker Engine answers at unix://");
    }

    @Test
    void ask_serverErrorOverTcp_doesNotAnswer() throws Exception {
        assertThat(askTcp("HTTP/1.1 503 Service Unavailable\r\n\r\n").engineAnswers())
                .isFalse();
    }

    @Test
    void ask_engineOverTcp_answers() throws Exception {
        assertThat(askTcp(OK).engineAnswers()).isTrue();
    }

    @Test
    void ask_serverThatHangsUp_doesNotAnswer() throws Exception {
        assertThat(askTcp("").engineAnswers()).isFalse();
    }

    @Test
    void ask_serverThatIsSilent_doesNotAnswer() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(DockerProbe.ask(List.of("tcp://127.0.0.1:" + silent.getLocalPort()))
                            .engineAnswers())
                    .isFalse();
        }
    }

    @Test
    void ask_noAddress_saysThatThereIsNoSocket() {
        assertThat(DockerProbe.ask(List.of())).isEqualTo(new DockerProbe.Answer(false, "there is no Docker socket"));
    }

    @Test
    void ask_nonsense_doesNotAnswer() {
        assertThat(DockerProbe.ask(List.of("nonsense", "ssh://host", "tcp://", ":"))
                        .engineAnswers())
                .isFalse();
    }

    @Test
    void candidates_dockerHost_standsAlone() {
        assertThat(DockerProbe.candidates("tcp://127.0.0.1:2375", directory)).containsExactly("tcp://127.0.0.1:2375");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void candidates_socketsAndConfiguredHost_areFoundInHome() throws Exception {
        Path socket = Files.createFile(
                Files.createDirectories(directory.resolve(".docker/run")).resolve("docker.sock"));
        Files.writeString(directory.resolve(".testcontainers.properties"), "docker.host=tcp://127.0.0.1:9\n");

        assertThat(DockerProbe.candidates(null, directory))
                .startsWith("tcp://127.0.0.1:9")
                .contains("unix://" + socket);
    }

    private static DockerProbe.Answer askTcp(String response) throws Exception {
        try (ServerSocket engine = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> {
                try (Socket connection = engine.accept()) {
                    readRequest(connection);
                    connection.getOutputStream().write(response.getBytes(US_ASCII));
                } catch (IOException failure) {
                    throw new IllegalStateException(failure);
                }
            });
            thread.start();
            DockerProbe.Answer answer = DockerProbe.ask(List.of("tcp://127.0.0.1:" + engine.getLocalPort()));
            thread.join();
            return answer;
        }
    }

    private static void readRequest(Socket connection) throws IOException {
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            request.append((char) connection.getInputStream().read());
        }
        assertThat(request).startsWith("GET /_ping HTTP/1.1");
    }

    private static void answerOnce(ServerSocketChannel engine, String response) {
        try (SocketChannel connection = engine.accept()) {
            connection.read(ByteBuffer.allocate(1024));
            connection.write(ByteBuffer.wrap(response.getBytes(US_ASCII)));
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}

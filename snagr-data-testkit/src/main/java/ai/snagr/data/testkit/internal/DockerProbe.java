package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether a Docker Engine answers, within moments and without a word in the log: Testcontainers, asked where there
 * is none, writes stack traces. A docker command on the path or a stale socket file does not count; only an answer to
 * <a href="https://docs.docker.com/reference/api/engine/">{@code GET /_ping}</a> does.
 */
final class DockerProbe {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private DockerProbe() {}

    /**
     * What was found.
     *
     * @param finding for the log, such as {@code no Docker Engine answers}
     */
    record Answer(boolean engineAnswers, String finding) {}

    /** Asks where {@code DOCKER_HOST}, {@code ~/.testcontainers.properties} or the usual sockets point. */
    static Answer ask() {
        return ask(candidates(System.getenv("DOCKER_HOST"), Path.of(System.getProperty("user.home", "."))));
    }

    static Answer ask(List<String> addresses) {
        for (String address : addresses) {
            if (answers(address)) {
                return new Answer(true, "a Docker Engine answers at " + address);
            }
        }
        return new Answer(
                false,
                addresses.isEmpty()
                        ? "there is no Docker socket"
                        : "no Docker Engine answers at " + String.join(", ", addresses));
    }

    static List<String> candidates(@Nullable String dockerHost, Path home) {
        if (dockerHost != null && !dockerHost.isBlank()) {
            return List.of(dockerHost.strip());
        }
        List<String> found = new ArrayList<>();
        configuredHost(home).ifPresent(found::add);
        List<Path> sockets = new ArrayList<>(List.of(
                Path.of("/var/run/docker.sock"),
                home.resolve(".docker/run/docker.sock"),
                home.resolve(".docker/desktop/docker.sock"),
                home.resolve(".rd/docker.sock")));
        Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR"))
                .ifPresent(directory -> sockets.add(Path.of(directory, "docker.sock")));
        sockets.stream().filter(Files::exists).forEach(socket -> found.add("unix://" + socket));
        Path pipe = Path.of("//./pipe/docker_engine");
        if (System.getProperty("os.name", "").startsWith("Windows") && Files.exists(pipe)) {
            found.add("npipe:////./pipe/docker_engine");
        }
        return List.copyOf(found);
    }

    private static Optional<String> configuredHost(Path home) {
        Path file = home.resolve(".testcontainers.properties");
        if (!Files.isReadable(file)) {
            return Optional.empty();
        }
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException unreadable) {
            return Optional.empty();
        }
        return Optional.ofNullable(properties.getProperty("docker.host")).map(String::strip);
    }

    private static boolean answers(String address) {
        try {
            URI uri = URI.create(address);
            return switch (String.valueOf(uri.getScheme())) {
                case "unix" -> pings(UnixDomainSocketAddress.of(uri.getPath()), "HTTP/1.");
                // Behind TLS the first bytes are not HTTP: that something listens must do, Testcontainers finds out
                // more.
                case "tcp", "http" ->
                    pings(socketAddress(uri), System.getenv("DOCKER_TLS_VERIFY") == null ? "HTTP/1." : "");
                case "npipe" -> true;
                default -> false;
            };
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException silence) {
            return false;
        }
    }

    private static SocketAddress socketAddress(URI uri) throws IOException {
        if (uri.getHost() == null) {
            throw new IOException("the address has no host");
        }
        InetSocketAddress address = new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 2375 : uri.getPort());
        if (address.isUnresolved()) {
            throw new IOException("the host is unknown");
        }
        return address;
    }

    private static boolean pings(SocketAddress address, String expected) throws IOException {
        StandardProtocolFamily family =
                address instanceof UnixDomainSocketAddress ? StandardProtocolFamily.UNIX : StandardProtocolFamily.INET;
        try (SocketChannel channel = SocketChannel.open(family);
                Selector selector = Selector.open()) {
            long deadline = System.nanoTime() + LIMIT.toNanos();
            channel.configureBlocking(false);
            if (!channel.connect(address)) {
                await(channel, selector, SelectionKey.OP_CONNECT, deadline);
                channel.finishConnect();
            }
            if (expected.isEmpty()) {
                return true;
            }
            channel.write(ByteBuffer.wrap(
                    "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".getBytes(US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(64);
            while (answer.position() < "HTTP/1.1 200".length()) {
                await(channel, selector, SelectionKey.OP_READ, deadline);
                if (channel.read(answer) < 0) {
                    return false;
                }
            }
            String line = new String(answer.array(), 0, answer.position(), US_ASCII);
            return line.startsWith(expected) && line.startsWith(" 200", expected.length() + 1);
        }
    }

    private static void await(SocketChannel channel, Selector selector, int event, long deadline) throws IOException {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        channel.register(selector, event);
        if (left <= 0 || selector.select(left) == 0) {
            throw new IOException("no answer in " + LIMIT.toSeconds() + " s");
        }
        selector.selectedKeys().clear();
    }
}

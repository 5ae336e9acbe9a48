package ai.snagr.data.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The relay before a server that sends everything back. */
@Timeout(60)
class WireRelayTest {
    private ServerSocket server;
    private Thread acceptor;
    private WireRelay relay;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        acceptor = new Thread(this::serve, "echo-accept");
        acceptor.start();
        relay = WireRelay.to("127.0.0.1", server.getLocalPort());
    }

    @AfterEach
    void stop() throws Exception {
        relay.close();
        server.close();
        acceptor.join();
    }

    @Test
    void link_untouched_passesBytesInBothDirections() throws IOException {
        try (Socket client = connect()) {
            assertThat(echo(client, "hello")).isEqualTo("hello");
            assertThat(echo(client, "again")).isEqualTo("again");
            assertThat(relay.connections()).isEqualTo(1);
        }
    }

    @Test
    void cut_openLink_endsItAndLetsNewOnesThrough() throws IOException {
        try (Socket client = connect()) {
            echo(client, "hello");
            relay.cut();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket next = connect()) {
            assertThat(echo(next, "hello")).isEqualTo("hello");
        }
    }

    @Test
    void refuseConnections_newLink_endsAtOnceAndOpenOnesStay() throws IOException {
        try (Socket open = connect()) {
            echo(open, "hello");
            relay.refuseConnections();
            try (Socket refused = connect()) {
                assertThat(refused.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(echo(open, "still")).isEqualTo("still");
            relay.acceptConnections();
            try (Socket next = connect()) {
                assertThat(echo(next, "hello")).isEqualTo("hello");
            }
        }
    }

    @Test
    void freeze_openLink_holdsBytesUntilThaw() throws IOException {
        try (Socket client = connect()) {
            echo(client, "hello");
            relay.freeze();
            client.getOutputStream().write("held".getBytes(US_ASCII));
            client.setSoTimeout(100);
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            client.setSoTimeout(0);
            relay.thaw();
            assertThat(read(client, 4)).isEqualTo("held");
        }
    }

    @Test
    void delay_longerThanTheClientWaits_isFeltAndEnds() throws IOException {
        try (Socket client = connect()) {
            relay.delay(Duration.ofHours(1));
            client.getOutputStream().write("held".getBytes(US_ASCII));
            client.setSoTimeout(100);
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        }
        relay.delay(Duration.ZERO);
        try (Socket next = connect()) {
            assertThat(echo(next, "hello")).isEqualTo("hello");
        }
    }

    @Test
    void close_withOpenDelayedAndFrozenLinks_leavesNoThread() throws IOException {
        try (Socket first = connect();
                Socket second = connect()) {
            echo(first, "hello");
            relay.delay(Duration.ofHours(1));
            first.getOutputStream().write(1);
            relay.freeze();
            second.getOutputStream().write(1);
            relay.close();

            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(t -> t.getName().startsWith("wire-relay"));
            assertThat(relay.connections()).isZero();
        }
    }

    @Test
    void roundTrips_ofBursts_countsEachWaitOnceWhereverThePiecesAreCut() throws IOException {
        byte[] startup = startup();
        byte[] pipelined = concat(message('Q', 6), message('P', 300), message('B', 0), message('S', 0));
        byte[] copy = concat(message('d', 5_000), message('c', 0));
        try (Socket client = connect()) {
            send(client, startup);
            send(client, concat(message('p', 20)));
            assertThat(relay.roundTrips()).isZero();

            send(client, pipelined);
            assertThat(relay.roundTrips()).isEqualTo(1);

            for (byte piece : pipelined) {
                send(client, new byte[] {piece});
            }
            // Cut between the messages, the Query that begins the burst is one more wait.
            assertThat(relay.roundTrips()).isEqualTo(3);

            relay.resetRoundTrips();
            send(client, copy);
            send(client, message('Q', 10));
            send(client, message('X', 0));
            assertThat(relay.roundTrips()).isEqualTo(2);
        }
    }

    @Test
    void roundTrips_afterAnSslRequestThatIsDeclined_areCounted() throws IOException {
        try (Socket client = connect()) {
            send(client, new byte[] {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f});
            send(client, startup());
            send(client, message('Q', 10));
            assertThat(relay.roundTrips()).isEqualTo(1);
        }
    }

    @Test
    void roundTrips_ofAnotherProtocol_areNotCounted() throws IOException {
        try (Socket client = connect()) {
            assertThat(echo(client, "SSSSSSSSSSSSSSSSSSSSSSSS")).hasSize(24);
            assertThat(relay.roundTrips()).isZero();
        }
    }

    @Test
    void jdbcUrl_ofAServer_leadsThroughTheRelayAndKeepsTheRest() {
        assertThat(relay.jdbcUrl("jdbc:postgresql://db.example:6543/snagr?sslmode=disable&x=1"))
                .isEqualTo("jdbc:postgresql://127.0.0.1:" + relay.port() + "/snagr?sslmode=disable&x=1");
    }

    @Test
    void jdbcUrl_withoutAHost_isRefused() {
        assertThatThrownBy(() -> relay.jdbcUrl("jdbc:postgresql:snagr")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WireRelay.to("snagr")).isInstanceOf(IllegalArgumentException.class);
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), relay.port());
    }

    private static String echo(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(US_ASCII));
        return read(client, text.length());
    }

    private static String read(Socket client, int length) throws IOException {
        return new String(client.getInputStream().readNBytes(length), US_ASCII);
    }

    /** Sends one piece and waits until it is back, so that the relay has seen it, by itself. */
    private static void send(Socket client, byte[] bytes) throws IOException {
        client.getOutputStream().write(bytes);
        assertThat(client.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }

    private static byte[] message(char type, int bodyLength) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(type);
        out.writeInt(4 + bodyLength);
        out.write(new byte[bodyLength]);
        return bytes.toByteArray();
    }

    private static byte[] startup() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(8 + 15);
        out.writeInt(3 << 16);
        out.write("user\0someone\0\0S".getBytes(US_ASCII));
        return bytes.toByteArray();
    }

    private static byte[] concat(byte[]... parts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.write(part);
        }
        return bytes.toByteArray();
    }

    private void serve() {
        while (true) {
            Socket client;
            try {
                client = server.accept();
            } catch (IOException closed) {
                return;
            }
            Thread echo = new Thread(
                    () -> {
                        try (client) {
                            client.getInputStream().transferTo(client.getOutputStream());
                        } catch (IOException broken) {
                            // The test has cut it.
                        }
                    },
                    "echo");
            echo.setDaemon(true);
            echo.start();
        }
    }
}

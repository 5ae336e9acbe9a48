package ai.snagr.data.transport;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;

/** A port on an address of this machine that is not the loopback one, behind which a server on the loopback one answers. */
final class OutsideDoor implements AutoCloseable {
    private final ServerSocket door;
    private final InetSocketAddress target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    private OutsideDoor(ServerSocket door, InetSocketAddress target) {
        this.door = door;
        this.target = target;
        start(this::accept);
    }

    /** Passes on every byte as it is. */
    static OutsideDoor to(String host, int port) throws IOException {
        return new OutsideDoor(new ServerSocket(0, 50, outside()), new InetSocketAddress(host, port));
    }

    /** Ends TLS here, and passes on what was said. */
    static OutsideDoor tls(SSLContext context, String host, int port) throws IOException {
        return new OutsideDoor(
                context.getServerSocketFactory().createServerSocket(0, 50, outside()),
                new InetSocketAddress(host, port));
    }

    /** An address of this machine that is not the loopback one; the test is skipped where there is none. */
    static InetAddress outside() throws SocketException {
        Optional<InetAddress> found = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst();
        assumeTrue(found.isPresent(), "nothing is proven about TLS: this machine has no address but the loopback one");
        return found.orElseThrow();
    }

    String host() {
        return door.getInetAddress().getHostAddress();
    }

    int port() {
        return door.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        door.close();
        open.forEach(OutsideDoor::closeQuietly);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                open.add(client);
                start(() -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket()) {
            open.add(server);
            // A client that refuses the certificate never gets as far as the server.
            int first = client.getInputStream().read();
            if (first < 0 || door.isClosed()) {
                return;
            }
            server.connect(target);
            server.getOutputStream().write(first);
            Thread back = start(() -> pass(server, client));
            pass(client, server);
            back.join();
        } catch (IOException refused) {
            // Which is what some of the tests are about.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException broken) {
            // Either side is gone, so the other one is closed too.
        } finally {
            closeQuietly(from);
            closeQuietly(to);
        }
    }

    private Thread start(Runnable work) {
        Thread thread = new Thread(work, "outside-door");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
        return thread;
    }

    private static void closeQuietly(Closeable socket) {
        try {
            socket.close();
        } catch (IOException broken) {
            // A socket that does not close properly is closed all the same.
        }
    }
}

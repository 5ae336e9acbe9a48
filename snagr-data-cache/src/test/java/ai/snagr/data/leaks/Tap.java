package ai.snagr.data.leaks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A local port that leads to a server and keeps all that passes: what has not passed, the server cannot log either. */
final class Tap implements AutoCloseable {
    private final ServerSocket door;
    private final String host;
    private final int target;
    private final ByteArrayOutputStream passed = new ByteArrayOutputStream();

    Tap(String host, int target) throws IOException {
        this.host = host;
        this.target = target;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    byte[] passed() {
        synchronized (passed) {
            return passed.toByteArray();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Socket server = new Socket(host, target);
                start(() -> copy(client, server));
                start(() -> copy(server, client));
            }
        } catch (IOException closed) {
            // the end of the tap
        }
    }

    private void copy(Socket from, Socket to) {
        byte[] buffer = new byte[8_192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                synchronized (passed) {
                    passed.write(buffer, 0, read);
                }
                out.write(buffer, 0, read);
            }
        } catch (IOException closed) {
            // the end of the connection
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "tap");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}

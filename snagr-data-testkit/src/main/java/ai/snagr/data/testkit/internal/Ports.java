package ai.snagr.data.testkit.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.regex.Pattern;

/** Free ports of 127.0.0.1. */
final class Ports {
    private static final int TRIES = 5;

    private Ports() {}

    /** Starts a server on a port. */
    @FunctionalInterface
    interface Start<T> {
        T on(int port) throws IOException;
    }

    /**
     * The server on a port that was free. Between looking and binding another process can take it; then the server says
     * so and another port is tried.
     *
     * @param taken found in the message of a start that failed for this reason
     */
    static <T> T onFreePort(Pattern taken, Start<T> start) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return start.on(free());
            } catch (IOException failure) {
                boolean lost =
                        taken.matcher(String.valueOf(failure.getMessage())).find();
                if (!lost || attempt == TRIES) {
                    throw failure;
                }
            }
        }
    }

    private static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return socket.getLocalPort();
        }
    }
}

package ai.snagr.data.testkit;

import static java.util.Objects.requireNonNull;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A link to a server that a test can watch and break: a local port behind which every connection is passed on, byte by
 * byte. It counts the round trips of PostgreSQL's protocol, and it can delay, freeze, cut and refuse connections of any
 * protocol over TCP. Thread-safe; {@link #close()} leaves no thread behind.
 */
public final class WireRelay implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final String JDBC = "jdbc:";

    private final InetSocketAddress target;
    private final ServerSocket door;
    private final Thread acceptor;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final List<Thread> pumps = new CopyOnWriteArrayList<>();
    private final AtomicLong roundTrips = new AtomicLong();
    private final Object gate = new Object();
    private volatile Duration delay = Duration.ZERO;
    private volatile boolean refusing;
    private volatile boolean frozen;
    private volatile boolean closed;

    private WireRelay(InetSocketAddress target) {
        this.target = target;
        try {
            this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException("no local port could be opened", e);
        }
        this.acceptor = start("wire-relay-accept", this::accept);
    }

    /** A relay on a free local port in front of that server. */
    public static WireRelay to(String host, int port) {
        return new WireRelay(new InetSocketAddress(requireNonNull(host, "host"), port));
    }

    /** A relay in front of the server of a JDBC URL such as {@code jdbc:postgresql://localhost:5432/snagr}. */
    public static WireRelay to(String jdbcUrl) {
        URI server = server(jdbcUrl);
        return to(server.getHost(), server.getPort() == -1 ? 5432 : server.getPort());
    }

    /** The local port to connect to. */
    public int port() {
        return door.getLocalPort();
    }

    /** The same URL, through this relay. */
    public String jdbcUrl(String jdbcUrl) {
        URI server = server(jdbcUrl);
        String rest = jdbcUrl.substring(jdbcUrl.indexOf(server.getRawAuthority())
                + server.getRawAuthority().length());
        return JDBC + server.getScheme() + "://" + door.getInetAddress().getHostAddress() + ":" + port() + rest;
    }

    /**
     * How many round trips all connections have made since the last {@link #resetRoundTrips()}: each time that a
     * PostgreSQL client, after the start-up, has sent all it had to say and waits for the answer. That is a burst which
     * ends in Sync, Query, Flush, FunctionCall or the end of a COPY. Encrypted connections are not counted.
     */
    public long roundTrips() {
        return roundTrips.get();
    }

    /** Counts from zero again. */
    public void resetRoundTrips() {
        roundTrips.set(0);
    }

    /** How many connections are open now. */
    public int connections() {
        return links.size();
    }

    /** Holds back what clients send by that time, so that a round trip takes as much longer; zero for no delay. */
    public void delay(Duration oneRoundTrip) {
        if (oneRoundTrip.isNegative()) {
            throw new IllegalArgumentException("a delay must not be negative");
        }
        this.delay = oneRoundTrip;
    }

    /** Passes nothing on in either direction until {@link #thaw()}; connections stay open. */
    public void freeze() {
        frozen = true;
    }

    /** Passes on again, what was held back first. */
    public void thaw() {
        synchronized (gate) {
            frozen = false;
            gate.notifyAll();
        }
    }

    /** Closes every open connection on both sides; new ones are accepted. */
    public void cut() {
        links.forEach(Link::close);
    }

    /** Closes every new connection at once, until {@link #acceptConnections()}; open ones stay. */
    public void refuseConnections() {
        refusing = true;
    }

    /** Accepts new connections again. */
    public void acceptConnections() {
        refusing = false;
    }

    /** Cuts every connection, closes the port and waits for every thread to end. */
    @Override
    public void close() {
        closed = true;
        closeQuietly(door);
        cut();
        thaw();
        join(acceptor);
        cut();
        pumps.forEach(WireRelay::join);
    }

    private void accept() {
        while (!closed) {
            Socket client;
            try {
                client = door.accept();
            } catch (IOException doorClosed) {
                return;
            }
            if (refusing || closed) {
                closeQuietly(client);
            } else {
                link(client);
            }
        }
    }

    private void link(Socket client) {
        Socket server = new Socket();
        try {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            server.connect(resolved(), 10_000);
        } catch (IOException unreachable) {
            closeQuietly(client);
            closeQuietly(server);
            return;
        }
        Link link = new Link(client, server);
        links.add(link);
        pumps.removeIf(pump -> !pump.isAlive());
        pumps.add(start("wire-relay-to-server", link::passToServer));
        pumps.add(start("wire-relay-to-client", link::passToClient));
    }

    private InetSocketAddress resolved() {
        return new InetSocketAddress(target.getHostString(), target.getPort());
    }

    /** Waits out the delay and the frost; returns early when the relay closes. */
    private void hold(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        synchronized (gate) {
            while (!closed) {
                long left = end - System.nanoTime();
                if (frozen) {
                    gate.wait();
                } else if (left > 0) {
                    gate.wait(left / 1_000_000, (int) (left % 1_000_000));
                } else {
                    return;
                }
            }
        }
    }

    private static URI server(String jdbcUrl) {
        URI server = jdbcUrl.startsWith(JDBC) ? URI.create(jdbcUrl.substring(JDBC.length())) : URI.create("");
        if (server.getHost() == null) {
            throw new IllegalArgumentException("a relay needs a URL of the form jdbc:postgresql://host:port/database");
        }
        return server;
    }

    private static Thread start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(Closeable socket) {
        try {
            socket.close();
        } catch (IOException alreadyBroken) {
            // A socket that does not close properly is closed all the same.
        }
    }

    /** One connection: two sockets, a thread for each direction. */
    private final class Link {
        private final Socket client;
        private final Socket server;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void passToServer() {
            MessageCounter counter = new MessageCounter();
            pass(client, server, (bytes, length) -> {
                hold(delay);
                roundTrips.addAndGet(counter.count(bytes, length));
            });
        }

        void passToClient() {
            pass(server, client, (bytes, length) -> hold(Duration.ZERO));
        }

        private void pass(Socket from, Socket to, Watcher watcher) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    watcher.before(buffer, length);
                    out.write(buffer, 0, length);
                }
            } catch (IOException broken) {
                // Either side is gone, so the other one is closed too.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                close();
            }
        }

        void close() {
            closeQuietly(client);
            closeQuietly(server);
            links.remove(this);
        }
    }

    @FunctionalInterface
    private interface Watcher {
        void before(byte[] bytes, int length) throws InterruptedException;
    }

    /**
     * Follows the messages of a PostgreSQL client through the pieces in which they arrive. Every message is a type of
     * one byte, but those before the start-up has ended, and a length that counts itself.
     */
    private static final class MessageCounter {
        private static final int STARTUP_VERSION_MAJOR = 3;
        private static final int LONGEST_STARTUP = 10_000;

        private final byte[] head = new byte[8];
        private int headLength;
        private long bodyLeft;
        private boolean started;
        private boolean foreign;
        private boolean waiting;

        /** One if the client waits for an answer after this piece, else zero. */
        int count(byte[] bytes, int length) {
            int at = 0;
            while (at < length && !foreign) {
                if (bodyLeft > 0) {
                    int skipped = (int) Math.min(bodyLeft, length - at);
                    bodyLeft -= skipped;
                    at += skipped;
                } else {
                    head[headLength++] = bytes[at++];
                    follow();
                }
            }
            return waiting && bodyLeft == 0 && headLength == 0 ? 1 : 0;
        }

        private void follow() {
            if (started && headLength == 5) {
                message();
            } else if (!started && headLength == 8) {
                startup();
            }
        }

        private void message() {
            bodyLeft = Math.max(0, integer(1) - 4L);
            headLength = 0;
            waiting = switch (head[0]) {
                case 'S', 'Q', 'H', 'F', 'c', 'f' -> true;
                default -> false;
            };
        }

        private void startup() {
            headLength = 0;
            int size = integer(0);
            int code = integer(4);
            foreign = size < 8 || size > LONGEST_STARTUP;
            bodyLeft = size - 8L;
            started = code >>> 16 == STARTUP_VERSION_MAJOR;
        }

        private int integer(int at) {
            return (head[at] & 0xff) << 24
                    | (head[at + 1] & 0xff) << 16
                    | (head[at + 2] & 0xff) << 8
                    | (head[at + 3] & 0xff);
        }
    }
}

package ai.snagr.data.postgres;

import ai.snagr.data.meta.CanIgnoreReturnValue;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A link to a PostgreSQL server that keeps the plans which auto_explain sends as notices. A notice comes before the end of
 * its statement, and is kept before it is passed on, so whoever has a result can read the plans that led to it.
 */
final class PlanTap implements AutoCloseable {
    private static final int PARSE = 'P';
    private static final int NOTICE = 'N';
    private static final int READY_FOR_QUERY = 'Z';
    private static final String PLAN = "plan:\n";

    private final String target;
    private final int targetPort;
    private final ServerSocket door;
    private final Set<Closeable> sockets = ConcurrentHashMap.newKeySet();
    private final List<StatementPlan> plans = new ArrayList<>();
    private final List<Parsed> parsed = new ArrayList<>();

    private PlanTap(String host, int port) throws IOException {
        this.target = host;
        this.targetPort = port;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("plan-tap-accept", this::accept);
    }

    static PlanTap to(String jdbcUrl) throws IOException {
        URI server = URI.create(jdbcUrl.substring("jdbc:".length()));
        return new PlanTap(server.getHost(), server.getPort() == -1 ? 5432 : server.getPort());
    }

    /** That database through this link, unencrypted. */
    String jdbcUrl(String database) {
        return "jdbc:postgresql://" + door.getInetAddress().getHostAddress() + ":" + door.getLocalPort() + "/"
                + database + "?sslmode=disable&gssEncMode=disable";
    }

    /** The plans that came since this was asked last, in their order; what a statement started itself comes before it. */
    @CanIgnoreReturnValue
    List<StatementPlan> take() {
        synchronized (plans) {
            List<StatementPlan> taken = List.copyOf(plans);
            plans.clear();
            return taken;
        }
    }

    /** What was sent to be parsed since this was asked last; a statement that the server has kept is not sent again. */
    List<Parsed> takeParsed() {
        synchronized (plans) {
            List<Parsed> taken = List.copyOf(parsed);
            parsed.clear();
            return taken;
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        for (Closeable socket : sockets) {
            socket.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Socket server = new Socket(target, targetPort);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                sockets.addAll(List.of(client, server));
                start("plan-tap-to-server", () -> pass(client, server, this::requests));
                start("plan-tap-to-client", () -> pass(server, client, this::messages));
            }
        } catch (IOException closed) {
            // The door is closed, or the server away: no further connection.
        }
    }

    private static void pass(Socket from, Socket to, Passage passage) {
        try (from;
                to) {
            passage.pass(from.getInputStream(), to.getOutputStream());
        } catch (IOException gone) {
            // Either side is gone, and both are closed now.
        }
    }

    private void requests(InputStream from, OutputStream to) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(from));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to));
        // The first message has no type, since the link is not encrypted.
        int start = in.readInt();
        out.writeInt(start);
        out.write(in.readNBytes(start - Integer.BYTES));
        out.flush();
        pass(in, out, PARSE, this::keepParsed);
    }

    private void messages(InputStream from, OutputStream to) throws IOException {
        pass(
                new DataInputStream(new BufferedInputStream(from)),
                new DataOutputStream(new BufferedOutputStream(to)),
                NOTICE,
                this::keep);
    }

    private static void pass(DataInputStream in, DataOutputStream out, int wanted, Consumer<byte[]> reader)
            throws IOException {
        for (int type = in.read(); type >= 0; type = in.read()) {
            int length = in.readInt();
            byte[] body = in.readNBytes(length - Integer.BYTES);
            if (type == wanted) {
                reader.accept(body);
            }
            out.writeByte(type);
            out.writeInt(length);
            out.write(body);
            if (type == READY_FOR_QUERY || in.available() == 0) {
                out.flush();
            }
        }
    }

    private void keepParsed(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message);
        var unused = zeroEnded(in); // the name of the statement
        String sql = zeroEnded(in);
        List<Integer> types = new ArrayList<>();
        for (int left = in.getShort(); left > 0; left--) {
            types.add(in.getInt());
        }
        synchronized (plans) {
            parsed.add(new Parsed(sql, types));
        }
    }

    private static String zeroEnded(ByteBuffer in) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (byte next = in.get(); next != 0; next = in.get()) {
            text.write(next);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    private void keep(byte[] notice) {
        String message = "";
        String context = "";
        for (String field : new String(notice, StandardCharsets.UTF_8).split("\0", -1)) {
            if (field.startsWith("M")) {
                message = field.substring(1);
            } else if (field.startsWith("W")) {
                context = field.substring(1);
            }
        }
        int plan = message.indexOf(PLAN);
        if (plan >= 0) {
            JsonNode json = JsonMapper.shared().readTree(message.substring(plan + PLAN.length()));
            synchronized (plans) {
                plans.add(
                        new StatementPlan(json.path("Query Text").asString(""), new Node(json.path("Plan")), context));
            }
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    @FunctionalInterface
    private interface Passage {
        void pass(InputStream from, OutputStream to) throws IOException;
    }

    /** @param context the functions and triggers that ran it, a line each, the innermost first; empty if the client sent it */
    record StatementPlan(String sql, Node root, String context) {
        boolean nested() {
            return !context.isEmpty();
        }
    }

    /** @param types the OIDs of the types of its parameters, as the client gave them */
    record Parsed(String sql, List<Integer> types) {}

    /** A node of a plan. */
    record Node(JsonNode json) {
        String text(String property) {
            JsonNode value = json.path(property);
            return value.isMissingNode() ? "" : value.isString() ? value.asString() : value.toString();
        }

        String type() {
            return text("Node Type");
        }

        Stream<Node> children() {
            return json.path("Plans").values().stream().map(Node::new);
        }

        /** This node and all below it. */
        Stream<Node> all() {
            return Stream.concat(Stream.of(this), children().flatMap(Node::all));
        }
    }
}

package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * The few words of Redis that tests need, over one socket: RESP version 2
 * (<a href="https://redis.io/docs/latest/develop/reference/protocol-spec/">specification</a>). Not for several threads.
 */
final class RedisConnection implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 5_000;

    private final Socket socket;
    private final InputStream input;

    private RedisConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.input = new BufferedInputStream(socket.getInputStream());
    }

    /** A connection to one database, authenticated if the address has a password. */
    static RedisConnection open(RedisAddress address, int database) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(address.host(), address.port()), TIMEOUT_MILLIS);
            RedisConnection connection = new RedisConnection(socket);
            if (!address.credentials().isEmpty()) {
                List<String> command = new ArrayList<>(List.of("AUTH"));
                command.addAll(address.credentials());
                connection.text(command.toArray(String[]::new));
            }
            connection.text("SELECT", Integer.toString(database));
            return connection;
        } catch (IOException | RuntimeException failure) {
            socket.close();
            throw failure;
        }
    }

    /** The answer to a command that answers with text or a number; empty for nil. */
    String text(String... command) throws IOException {
        send(command);
        return String.valueOf(read());
    }

    /** The answer to a command that answers with a list, nested or not. */
    List<?> list(String... command) throws IOException {
        send(command);
        if (read() instanceof List<?> list) {
            return list;
        }
        throw new IOException("Redis did not answer " + command[0] + " with a list");
    }

    private void send(String... command) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(("*" + command.length + "\r\n").getBytes(UTF_8));
        for (String part : command) {
            byte[] bytes = part.getBytes(UTF_8);
            message.writeBytes(("$" + bytes.length + "\r\n").getBytes(UTF_8));
            message.writeBytes(bytes);
            message.writeBytes("\r\n".getBytes(UTF_8));
        }
        socket.getOutputStream().write(message.toByteArray());
    }

    private Object read() throws IOException {
        String line = readLine();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+', ':' -> rest;
            case '-' -> throw new IOException("Redis answered: " + rest);
            case '$' -> readBulk(Integer.parseInt(rest));
            case '*' -> readList(Integer.parseInt(rest));
            default -> throw new IOException("this is no Redis: its answer is not RESP");
        };
    }

    private String readBulk(int length) throws IOException {
        if (length < 0) {
            return "";
        }
        byte[] bytes = input.readNBytes(length + 2);
        if (bytes.length < length + 2) {
            throw new EOFException("Redis closed the connection");
        }
        return new String(bytes, 0, length, UTF_8);
    }

    private List<Object> readList(int length) throws IOException {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            list.add(read());
        }
        return list;
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = input.read(); next != '\n'; next = input.read()) {
            if (next < 0 || line.size() > 65_536) {
                throw new EOFException("Redis closed the connection");
            }
            line.write(next);
        }
        String text = line.toString(UTF_8).stripTrailing();
        if (text.isEmpty()) {
            throw new IOException("this is no Redis: its answer is not RESP");
        }
        return text;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException alreadyClosed) {
            // Nothing is left to be given back.
        }
    }
}

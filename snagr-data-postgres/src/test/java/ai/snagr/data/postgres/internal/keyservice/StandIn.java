package ai.snagr.data.postgres.internal.keyservice;

import ai.snagr.data.testkit.contract.KeyServiceContract.Fault;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A key service on this machine, which speaks the protocol of a real one and can be told to fail. */
abstract class StandIn implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.shared();

    /** What was asked, in order: method and path. */
    final Queue<String> requests = new ConcurrentLinkedQueue<>();

    private final HttpServer server;
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final CountDownLatch ending = new CountDownLatch(1);
    private Fault fault = Fault.OVERLOADED;
    private int faults;
    private String failing = "";

    StandIn() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext("/", this::handle);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    synchronized void fail(Fault next, int times) {
        fault = next;
        faults = times;
    }

    /** From now on all requests whose path ends so fail. */
    synchronized void failFrom(String suffix, Fault next) {
        failing = suffix;
        fail(next, Integer.MAX_VALUE);
    }

    /** What the service says when it is well. */
    abstract Reply reply(String method, String path, Headers headers, JsonNode body);

    abstract Reply overloaded();

    abstract Reply refused();

    /** What belongs to each answer of this service, without what was asked for. */
    abstract Reply empty();

    @Override
    public void close() {
        ending.countDown();
        server.stop(0);
        executor.shutdownNow();
    }

    private synchronized @Nullable Fault next(String path) {
        if (faults == 0 || !path.endsWith(failing)) {
            return null;
        }
        faults--;
        return fault;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            requests.add(exchange.getRequestMethod() + " " + path);
            byte[] body = exchange.getRequestBody().readAllBytes();
            Fault wrong = next(path);
            Reply reply;
            if (wrong == null) {
                synchronized (this) {
                    reply = reply(
                            exchange.getRequestMethod(),
                            path,
                            exchange.getRequestHeaders(),
                            body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body));
                }
            } else {
                switch (wrong) {
                    case UNREACHABLE -> {
                        return;
                    }
                    case SILENT -> {
                        ending.await();
                        return;
                    }
                    case OVERLOADED -> reply = overloaded();
                    case REFUSING -> reply = refused();
                    case EMPTY -> reply = empty();
                    default -> reply = new Reply(200, "<html>canary".getBytes(StandardCharsets.UTF_8));
                }
            }
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
            exchange.getResponseBody().write(reply.body());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nonce, ciphertext and tag of AES-GCM. */
    static byte[] encrypt(byte[] key, byte[] additional, byte[] plaintext) {
        byte[] nonce = new byte[12];
        new SecureRandom().nextBytes(nonce);
        try {
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
            gcm.updateAAD(additional);
            byte[] sealed = Arrays.copyOf(nonce, 12 + plaintext.length + 16);
            gcm.doFinal(plaintext, 0, plaintext.length, sealed, 12);
            return sealed;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Null if it is not of that key, or was altered. */
    static byte @Nullable [] decrypt(byte[] key, byte[] additional, byte[] sealed) {
        if (sealed.length < 28) {
            return null;
        }
        try {
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            gcm.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, sealed, 0, 12));
            gcm.updateAAD(additional);
            return gcm.doFinal(sealed, 12, sealed.length - 12);
        } catch (GeneralSecurityException altered) {
            return null;
        }
    }

    static byte[] randomKey() {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        return key;
    }

    @SuppressWarnings("ArrayRecordComponent") // is sent, and never compared
    record Reply(int status, byte[] body) {
        static Reply of(int status, ObjectNode body) {
            return new Reply(status, JSON.writeValueAsBytes(body));
        }
    }
}

package ai.snagr.data.postgres.internal.keyservice;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests and answers in JSON over HTTP. What can be said the same way of every such service is said here: unreachable,
 * overloaded, refused, not understood. Nothing of a request or an answer gets into an error. Thread-safe.
 */
final class JsonService {
    static final JsonMapper JSON = JsonMapper.shared();
    private static final int ATTEMPTS = 3;
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;
    private final HttpSettings settings;
    private final BiConsumer<HttpRequest.Builder, String> headers;
    private final HttpClient client;
    private volatile @Nullable String credential;

    /**
     * @param name what it is, for messages
     * @param headers adds the credential, and what else each request has
     */
    JsonService(String name, HttpSettings settings, BiConsumer<HttpRequest.Builder, String> headers) {
        this.name = name;
        this.settings = settings;
        this.headers = headers;
        // No redirects: the credential would follow them.
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.timeout());
        settings.tls().ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    /** Asks, and repeats that if the service does not answer or is overloaded. */
    Answer get(String path) {
        return call("GET", path, new byte[0], ATTEMPTS);
    }

    /** For what changes nothing at the service: repeated as {@link #get}. */
    Answer ask(String path, ObjectNode body) {
        return call("POST", path, JSON.writeValueAsBytes(body), ATTEMPTS);
    }

    /** For what changes something: tried once, since nobody can tell whether an attempt without an answer was carried out. */
    Answer change(String method, String path, ObjectNode body) {
        return call(method, path, JSON.writeValueAsBytes(body), 1);
    }

    /** The failure of an answer that the caller has no better word for. */
    SnagrDataException refusal(Answer answer, String path) {
        return new SnagrDataException.Misconfigured(name + " at " + settings + " refused " + path + " with status "
                + answer.status() + ": compare the set-up of its keys with docs/keys.md");
    }

    SnagrDataException notUnderstood(String path) {
        return new SnagrDataException.Misconfigured("What answers at " + settings + " to " + path
                + " does not speak the language of " + name + ": correct the address, or what stands between");
    }

    void close() {
        credential = null;
    }

    @Override
    public String toString() {
        return name + " at " + settings;
    }

    private Answer call(String method, String path, byte[] body, int attempts) {
        try {
            String first = credential();
            Answer answer = repeated(method, path, body, attempts, first);
            if (answer.status() != 401 && answer.status() != 403) {
                return answer;
            }
            // Perhaps it has only expired. Nothing was carried out, so that this may follow a change as well.
            String second = settings.credential().get();
            if (!second.equals(first)) {
                credential = second;
                answer = repeated(method, path, body, attempts, second);
                if (answer.status() != 401 && answer.status() != 403) {
                    return answer;
                }
            }
            throw new SnagrDataException.Misconfigured(
                    name + " at " + settings + " does not allow " + path + " to this process, with status "
                            + answer.status() + ": its credential has expired, or lacks that right");
        } finally {
            Arrays.fill(body, (byte) 0);
        }
    }

    private Answer repeated(String method, String path, byte[] body, int attempts, String token) {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(method, path, body, token);
            } catch (SnagrDataException.Failed unavailable) {
                if (attempt == attempts || Thread.currentThread().isInterrupted()) {
                    throw unavailable;
                }
                LockSupport.parkNanos(this, FIRST_PAUSE_NANOS << attempt);
            }
        }
    }

    private Answer once(String method, String path, byte[] body, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(settings.address() + path))
                .timeout(settings.timeout())
                .header("Content-Type", "application/json")
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        headers.accept(request, token);
        HttpResponse<byte[]> response;
        try {
            response = client.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException failure) {
            throw unavailable(
                    "did not answer " + path + " within " + settings.timeout().toMillis() + " ms", failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw unavailable("was not waited for, since this thread was interrupted", stopped);
        }
        int status = response.statusCode();
        if (status == 429 || status >= 500) {
            throw unavailable("could not answer " + path + ": status " + status, null);
        }
        byte[] bytes = response.body();
        try {
            JsonNode json = bytes.length == 0 ? MissingNode.getInstance() : JSON.readTree(bytes);
            return new Answer(status, json);
        } catch (JacksonException malformed) {
            if (status >= 200 && status < 300) {
                throw notUnderstood(path);
            }
            return new Answer(status, MissingNode.getInstance());
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private String credential() {
        String known = credential;
        if (known == null) {
            known = settings.credential().get();
            credential = known;
        }
        return known;
    }

    private SnagrDataException unavailable(String what, @Nullable Throwable cause) {
        return new SnagrDataException.Failed(ErrorCode.UNAVAILABLE, true, name + " at " + settings + " " + what, cause);
    }

    /** @param body missing if there was none, or it was no JSON */
    record Answer(int status, JsonNode body) {
        boolean isSuccess() {
            return status >= 200 && status < 300;
        }

        @Override
        public String toString() {
            return "Answer[" + status + "]";
        }
    }
}

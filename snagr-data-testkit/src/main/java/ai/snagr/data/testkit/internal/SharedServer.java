package ai.snagr.data.testkit.internal;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A server that is started once per process and stopped when the process ends. A start that failed is not repeated. */
public final class SharedServer<S extends AutoCloseable> {
    private final String name;
    private final Supplier<S> start;
    private @Nullable S server;
    private @Nullable RuntimeException failure;

    public SharedServer(String name, Supplier<S> start) {
        this.name = name;
        this.start = start;
    }

    public synchronized S get() {
        if (failure != null) {
            throw new IllegalStateException(failure.getMessage(), failure);
        }
        if (server == null) {
            try {
                server = start.get();
            } catch (RuntimeException broken) {
                failure = broken;
                throw broken;
            }
            S started = server;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(started), "snagr-testkit-stop-" + name));
        }
        return server;
    }

    private static void close(AutoCloseable server) {
        try {
            server.close();
        } catch (Exception unstoppable) {
            throw new IllegalStateException("a server of the tests did not stop", unstoppable);
        }
    }
}

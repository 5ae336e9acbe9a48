package ai.snagr.data.testkit.internal;

import ai.snagr.data.spi.SnagrDataProvider;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The store on the class path. */
public final class Providers {
    private static final AtomicReference<@Nullable SnagrDataProvider> INSTEAD = new AtomicReference<>();

    private Providers() {}

    /** Has that store used in this process instead of the one on the class path, until what it returns is closed. */
    public static Instead use(SnagrDataProvider store) {
        if (!INSTEAD.compareAndSet(null, store)) {
            throw new IllegalStateException("another store is used instead already");
        }
        return () -> INSTEAD.set(null);
    }

    /**
     * The one store there is.
     *
     * @throws IllegalStateException if there is none, or more than one; the message says what to do
     */
    public static SnagrDataProvider only() {
        SnagrDataProvider instead = INSTEAD.get();
        if (instead != null) {
            return instead;
        }
        return only(ServiceLoader.load(SnagrDataProvider.class, Providers.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList());
    }

    /** While another store is used. */
    public interface Instead extends AutoCloseable {
        @Override
        void close();
    }

    static SnagrDataProvider only(List<SnagrDataProvider> found) {
        if (found.isEmpty()) {
            throw new IllegalStateException("there is no Snagr Data store on the class path: add the dependency"
                    + " ai.snagr:snagr-data-postgres beside ai.snagr:snagr-data-testkit, of the same version");
        }
        if (found.size() > 1) {
            throw new IllegalStateException("there is more than one Snagr Data store on the class path, keep one of: "
                    + found.stream()
                            .map(provider -> provider.getClass().getName())
                            .collect(Collectors.joining(", ")));
        }
        return found.get(0);
    }
}

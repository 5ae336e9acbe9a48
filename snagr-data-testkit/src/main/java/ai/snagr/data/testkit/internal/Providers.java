package ai.snagr.data.testkit.internal;

import ai.snagr.data.spi.SnagrDataProvider;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The store on the class path. */
public final class Providers {
    private Providers() {}

    /**
     * The one store there is.
     *
     * @throws IllegalStateException if there is none, or more than one; the message says what to do
     */
    public static SnagrDataProvider only() {
        return only(ServiceLoader.load(SnagrDataProvider.class, Providers.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList());
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

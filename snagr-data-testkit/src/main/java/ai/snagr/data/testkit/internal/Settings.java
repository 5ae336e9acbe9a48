package ai.snagr.data.testkit.internal;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The settings of the testkit: system properties, and behind them environment variables of the same name. */
final class Settings {
    private final Lookup lookup;

    private Settings(Lookup lookup) {
        this.lookup = lookup;
    }

    /** Reads this process's properties and environment: {@code snagr.test.redis} or {@code SNAGR_TEST_REDIS}. */
    static Settings ofProcess() {
        return new Settings(name -> {
            String property = System.getProperty(name);
            return property != null ? property : System.getenv(variable(name));
        });
    }

    static Settings of(Lookup lookup) {
        return new Settings(lookup);
    }

    /** The value without surrounding space; empty when it is absent or blank. */
    Optional<String> find(String name) {
        return Optional.ofNullable(lookup.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    String get(String name, String otherwise) {
        return find(name).orElse(otherwise);
    }

    /** Both names of a setting, for messages. */
    static String names(String name) {
        return name + " (or " + variable(name) + ")";
    }

    private static String variable(String name) {
        return name.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** Where values come from. */
    @FunctionalInterface
    interface Lookup {
        @Nullable String get(String name);
    }
}

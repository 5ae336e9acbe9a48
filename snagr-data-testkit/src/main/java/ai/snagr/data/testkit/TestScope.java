package ai.snagr.data.testkit;

import ai.snagr.data.SnagrData;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.internal.OpenConnections;
import ai.snagr.data.testkit.internal.Providers;
import ai.snagr.data.testkit.internal.ThreadWatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one test class or method was given, made when first asked for. Closing it looks for leaks: JUnit closes what is in
 * its store after every callback and every {@code @AutoClose} field, so whatever is still there then was forgotten.
 */
final class TestScope implements AutoCloseable {
    private final String name;
    private final LeakPolicy leaks;
    private final ThreadWatch threads;
    private final Samples samples = Samples.create();
    private @Nullable TestDatabase database;
    private @Nullable TestRedis redis;
    private @Nullable KeyProvider keys;
    private @Nullable SnagrData data;

    TestScope(String name, LeakPolicy leaks) {
        this(name, leaks, ThreadWatch.begin(name));
    }

    private TestScope(String name, LeakPolicy leaks, ThreadWatch threads) {
        this.name = name;
        this.leaks = leaks;
        this.threads = threads;
    }

    /** A scope inside this one, as that of a test method is inside its class's. */
    TestScope child(String childName) {
        return new TestScope(name + ", " + childName, leaks, threads.child(name + ", " + childName));
    }

    TestPostgres postgres() {
        return TestPostgres.shared();
    }

    synchronized TestDatabase database() {
        TestDatabase made = database == null ? TestDatabase.create() : database;
        database = made;
        return made;
    }

    synchronized TestRedis redis() {
        TestRedis made = redis == null ? TestRedis.create() : redis;
        redis = made;
        return made;
    }

    synchronized KeyProvider keys() {
        KeyProvider made = keys == null ? Providers.only().testKeys() : keys;
        keys = made;
        return made;
    }

    synchronized SnagrData data() {
        SnagrData made = data == null ? database().open(keys()) : data;
        data = made;
        return made;
    }

    Samples samples() {
        return samples;
    }

    /**
     * Closes all of it.
     *
     * @throws AssertionError if something was left behind, all of it named
     */
    @Override
    public synchronized void close() {
        List<String> found = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        TestDatabase own = database;
        if (own != null && leaks.enabled()) {
            attempt(failures, () -> found.addAll(connections(own).inTransaction(leaks.limit())));
        }
        close(data, failures);
        close(keys, failures);
        if (own != null && leaks.enabled()) {
            attempt(failures, () -> found.addAll(connections(own).open(leaks.limit())));
        }
        close(own, failures);
        close(redis, failures);
        List<String> left = threads.end(leaks.limit(), leaks.allowedThreads());
        if (leaks.enabled()) {
            found.addAll(left);
        }
        report(found, failures);
    }

    private static OpenConnections connections(TestDatabase database) {
        return new OpenConnections(database.postgres().server(), database.name());
    }

    private static void close(@Nullable AutoCloseable resource, List<Throwable> failures) {
        if (resource != null) {
            attempt(failures, resource::close);
        }
    }

    private static void attempt(List<Throwable> failures, Step step) {
        try {
            step.run();
        } catch (Exception failure) {
            failures.add(failure);
        }
    }

    private void report(List<String> found, List<Throwable> failures) {
        if (found.isEmpty() && failures.isEmpty()) {
            return;
        }
        StringBuilder message = new StringBuilder(name);
        if (!found.isEmpty()) {
            message.append(" left something behind:");
            found.forEach(leak ->
                    message.append(System.lineSeparator()).append("  - ").append(leak));
        }
        if (!failures.isEmpty()) {
            message.append(found.isEmpty() ? " could not be cleaned up" : "; and could not be cleaned up");
        }
        AssertionError error = new AssertionError(message.toString());
        failures.forEach(error::addSuppressed);
        throw error;
    }

    /** A part of the closing that may fail without keeping the rest from happening. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }
}

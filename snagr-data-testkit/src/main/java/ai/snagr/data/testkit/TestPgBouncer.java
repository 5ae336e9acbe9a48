package ai.snagr.data.testkit;

import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.internal.PgBouncerProcess;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A PgBouncer before a server, for what a pooler does to its clients; stopped when closed, and with this process at the latest.
 * It may be used without JUnit, but for {@link #assumeInstalled}.
 *
 * <p>{@code snagr.test.pgbouncer} (a system property, or {@code SNAGR_TEST_PGBOUNCER} in the environment) is the program;
 * without it, {@code pgbouncer} is looked for on the PATH and in {@code /usr/sbin}.
 */
public final class TestPgBouncer implements AutoCloseable {
    private final PgBouncerProcess process;
    private final StoreAddress address;

    private TestPgBouncer(PgBouncerProcess process, StoreAddress address) {
        this.process = process;
        this.address = address;
    }

    /** Whether there is such a program. */
    public static boolean isInstalled() {
        return PgBouncerProcess.find().isPresent();
    }

    /** Skips the test, and says what is missing, where there is none. */
    public static void assumeInstalled() {
        Assumptions.assumeTrue(
                isInstalled(),
                "nothing is proven about poolers: there is no pgbouncer here; install it, or name it with"
                        + " -Dsnagr.test.pgbouncer=…");
    }

    /**
     * Whether it can keep prepared statements, as it can from 1.21 on.
     *
     * @throws IllegalStateException if it is not installed
     */
    public static boolean keepsPreparedStatements() {
        return PgBouncerProcess.keepsPreparedStatements();
    }

    /**
     * One that knows the login of that address, ready.
     *
     * @param direct of the server
     * @param settings further lines of its configuration, such as {@code pool_mode = transaction}
     * @throws IllegalStateException if it is not installed
     * @throws java.io.UncheckedIOException if it does not start; the message holds what it said
     */
    public static TestPgBouncer start(StoreAddress direct, String... settings) {
        PgBouncerProcess process = PgBouncerProcess.start(direct, List.of(settings));
        String url = direct.jdbcUrl().replaceFirst("//[^/]+/", "//127.0.0.1:" + process.port() + "/");
        return new TestPgBouncer(process, new StoreAddress(url, direct.user(), direct.password()));
    }

    /** The same login and database, through it. */
    public StoreAddress address() {
        return address;
    }

    @Override
    public void close() {
        process.close();
    }
}

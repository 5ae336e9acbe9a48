package ai.snagr.data.testkit;

import static ai.snagr.data.testkit.SnagrDataExtensionIT.assertAllPass;
import static ai.snagr.data.testkit.SnagrDataExtensionIT.failures;
import static ai.snagr.data.testkit.SnagrDataExtensionIT.run;
import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.SnagrData;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.SnagrDataTest.Isolation;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.testkit.engine.EngineExecutionResults;

class LeakCheckIT {
    private static final List<AutoCloseable> LEAKED = new ArrayList<>();

    private static SnagrDataExtension impatient() {
        return SnagrDataExtension.builder().leakLimit(Duration.ofMillis(300)).build();
    }

    @AfterEach
    void closeWhatTheCasesLeaked() throws Exception {
        for (AutoCloseable leaked : LEAKED) {
            leaked.close();
        }
        LEAKED.clear();
    }

    @Test
    void openTransaction_failsTheClassAndIsNamed() {
        EngineExecutionResults results = run(LeavesTransaction.class);

        assertThat(results.testEvents().succeeded().count()).isEqualTo(1);
        assertThat(failures(results))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOf(AssertionError.class)
                        .hasMessageContaining(LeavesTransaction.class.getName() + " left something behind")
                        .hasMessageContaining("a transaction is still open")
                        .hasMessageContaining("idle in transaction, last statement: insert into note"));
    }

    @Test
    void connectionOfTheHost_failsTheClassAndIsNamed() {
        assertThat(failures(run(LeavesConnection.class)))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining("a connection is still open")
                        .hasMessageContaining("idle, last statement")
                        .hasMessageNotContaining("transaction"));
    }

    @Test
    void thread_failsTheClassAndIsNamed() {
        assertThat(failures(run(LeavesThread.class)))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining("thread \"forgotten\" still runs")
                        .hasMessageContaining("LeakCheckIT.lambda$startForgottenThread"));
    }

    @Test
    void daemonThread_perMethod_failsThatMethodOnly() {
        EngineExecutionResults results = run(LeavesDaemonPerMethod.class);

        assertThat(results.testEvents().failed().count()).isEqualTo(1);
        assertThat(results.testEvents().succeeded().count()).isEqualTo(1);
        assertThat(failures(results).get(0)).hasMessageContaining("thread \"forgotten\" (daemon) still runs");
    }

    @Test
    void executorThatWasShutDown_isWaitedFor() {
        assertAllPass(run(ShutsDownLate.class), 1);
    }

    @Test
    void allowedThread_passes() {
        assertAllPass(run(LeavesAllowedThread.class), 1);
    }

    @Test
    void autoClosedFields_passThoughClosedAfterEveryCallback() {
        assertAllPass(run(ClosesLate.class), 1);
    }

    @Test
    void withoutLeakCheck_passes() {
        assertAllPass(run(LeavesButIsNotChecked.class), 1);
    }

    private static void startForgottenThread(boolean daemon) {
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = new Thread(
                () -> {
                    try {
                        end.await();
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                    }
                },
                "forgotten");
        thread.setDaemon(daemon);
        thread.start();
        LEAKED.add(() -> {
            end.countDown();
            thread.join();
        });
    }

    static class LeavesTransaction {
        @RegisterExtension
        static final SnagrDataExtension SNAGR = impatient();

        @Test
        void test(SnagrData data) throws SQLException {
            Connection connection = ((OneTableStore.Open) data).connection();
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("insert into note values ('not committed')");
            }
        }
    }

    static class LeavesConnection {
        @RegisterExtension
        static final SnagrDataExtension SNAGR = impatient();

        @Test
        void test(TestDatabase database, KeyProvider keys) {
            SnagrData own = database.open(keys);
            LEAKED.add(own);
        }
    }

    @SnagrDataTest
    static class LeavesThread {
        @Test
        void test() {
            startForgottenThread(false);
        }
    }

    static class LeavesDaemonPerMethod {
        @RegisterExtension
        static final SnagrDataExtension SNAGR = SnagrDataExtension.builder()
                .isolation(Isolation.PER_METHOD)
                .leakLimit(Duration.ofMillis(300))
                .allowThreads("forgotten-by-another")
                .build();

        @Test
        void leaks() {
            startForgottenThread(true);
        }

        @Test
        void leaksNothing(TestDatabase database) throws SQLException {
            database.connect().close();
        }
    }

    @SnagrDataTest
    static class ShutsDownLate {
        @Test
        void test() throws Exception {
            ExecutorService threads = Executors.newFixedThreadPool(4);
            threads.submit(() -> "busy").get();
            threads.shutdown();
        }
    }

    @SnagrDataTest(allowedThreads = "forg.*n")
    static class LeavesAllowedThread {
        @Test
        void test() {
            startForgottenThread(false);
        }
    }

    static class ClosesLate {
        @RegisterExtension
        static final SnagrDataExtension SNAGR = impatient();

        @AutoClose
        static @Nullable SnagrData own;

        @Test
        void test(TestDatabase database, KeyProvider keys) {
            own = database.open(keys);
        }
    }

    static class LeavesButIsNotChecked {
        @RegisterExtension
        static final SnagrDataExtension SNAGR =
                SnagrDataExtension.builder().withoutLeakCheck().build();

        @Test
        void test(TestDatabase database, KeyProvider keys) {
            LEAKED.add(database.open(keys));
            startForgottenThread(false);
        }
    }
}

package ai.snagr.data.testkit.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ThreadWatchTest {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofMinutes(1);

    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void endThreads() {
        end.countDown();
    }

    @Test
    void end_threadThatIsThereBefore_isNotReported() {
        start("old");
        ThreadWatch watch = ThreadWatch.begin("test");

        assertThat(watch.end(SHORT, List.of())).isEmpty();
    }

    @Test
    void end_threadStartedMeanwhile_isReported() {
        ThreadWatch watch = ThreadWatch.begin("test");
        start("new");

        assertThat(watch.end(SHORT, List.of())).singleElement().asString().startsWith("thread \"new\" still runs, at ");
    }

    @Test
    void end_threadThatEndsInTime_isWaitedFor() throws Exception {
        ThreadWatch watch = ThreadWatch.begin("test");
        start("slow");
        AtomicReference<List<String>> left = new AtomicReference<>();
        Thread judge = new Thread(() -> left.set(watch.end(LONG, List.of())), "judge");
        judge.start();
        while (judge.isAlive() && judge.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        judge.join(200);
        assertThat(judge.isAlive()).isTrue();
        end.countDown();
        judge.join();

        assertThat(left.get()).isEmpty();
    }

    @Test
    void end_allowedName_isNotReported() {
        ThreadWatch watch = ThreadWatch.begin("test");
        start("pool-of-the-host-1");

        assertThat(watch.end(SHORT, List.of(Pattern.compile("pool-of-the-host-\\d+"))))
                .isEmpty();
    }

    @Test
    void end_commonPool_isNotReported() throws Exception {
        ThreadWatch watch = ThreadWatch.begin("test");
        CompletableFuture.runAsync(() -> {}, ForkJoinPool.commonPool()).get();

        assertThat(watch.end(SHORT, List.of())).isEmpty();
    }

    @Test
    void end_whileAnotherTestRuns_leavesTheVerdictToIt() {
        ThreadWatch one = ThreadWatch.begin("one");
        ThreadWatch other = ThreadWatch.begin("other");
        start("whose");

        assertThat(one.end(SHORT, List.of())).isEmpty();
        assertThat(other.end(SHORT, List.of()))
                .singleElement()
                .asString()
                .contains("thread \"whose\" still runs, started by one of other; one, at ");
    }

    @Test
    void end_threadOlderThanTheLastTest_isReportedByIt() {
        ThreadWatch one = ThreadWatch.begin("one");
        start("of one");
        ThreadWatch other = ThreadWatch.begin("other");

        assertThat(one.end(SHORT, List.of())).isEmpty();
        assertThat(other.end(SHORT, List.of())).hasSize(1);
    }

    @Test
    void end_ofChild_isJudgedThoughTheParentRuns() {
        ThreadWatch parent = ThreadWatch.begin("class");
        start("of the class");
        ThreadWatch child = parent.child("method");
        start("of the method");

        assertThat(child.end(SHORT, List.of())).singleElement().asString().contains("of the method");
        assertThat(parent.end(SHORT, List.of())).hasSize(2);
    }

    private void start(String name) {
        Thread thread = new Thread(
                () -> {
                    try {
                        end.await();
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                    }
                },
                name);
        thread.start();
    }
}

package ai.snagr.data.testkit.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/** Lets threads begin at the same moment. */
final class Race {
    private static final int LIMIT_SECONDS = 60;

    private Race() {}

    /** What each of the threads returned, in their order. What one of them throws is thrown here. */
    @SuppressWarnings("Finally") // a thread that does not end is the worse news
    static <T> List<T> run(int threads, IntFunction<T> work) throws Exception {
        CountDownLatch ready = new CountDownLatch(threads);
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                running.add(pool.submit(() -> {
                    ready.countDown();
                    start.await();
                    return work.apply(number);
                }));
            }
            ready.await();
            start.countDown();
            List<T> results = new ArrayList<>();
            for (Future<T> future : running) {
                results.add(future.get(LIMIT_SECONDS, TimeUnit.SECONDS));
            }
            return results;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw new AssertionError(failed.getCause());
        } finally {
            pool.shutdownNow();
            if (!pool.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("a thread of the race does not end");
            }
        }
    }

    /** Waits for the other threads of the race. */
    static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(LIMIT_SECONDS / 2, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new AssertionError("the other threads did not come", e);
        }
    }
}

package ai.snagr.data.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many virtual threads that each call again and again, for a while. By reflection: this is compiled for Java 17. */
final class VirtualThreads {
    static final String NEEDED = "needs a JDK from 21 on";

    private VirtualThreads() {}

    static boolean exist() {
        return Runtime.version().feature() >= 21;
    }

    /** What the calls took, when that many threads begin at once and each calls until the time is over. */
    static Calls call(int threads, long nanos, Callable<?> operation) throws Exception {
        ExecutorService executor = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Calls>> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            running.add(executor.submit(() -> {
                start.await();
                return until(System.nanoTime() + nanos, operation);
            }));
        }
        start.countDown();
        Calls all = new Calls(0, 0);
        for (Future<Calls> caller : running) {
            all = all.and(caller.get());
        }
        executor.shutdown();
        return all;
    }

    private static Calls until(long end, Callable<?> operation) throws Exception {
        Calls all = new Calls(0, 0);
        for (long now = System.nanoTime(); now < end; ) {
            long begun = now;
            if (operation.call() == null) {
                throw new IllegalStateException("found nothing");
            }
            now = System.nanoTime();
            all = all.and(new Calls(1, now - begun));
        }
        return all;
    }

    /** @param longestNanos from the call to its answer, the wait for a connection included */
    record Calls(long number, long longestNanos) {
        Calls and(Calls other) {
            return new Calls(number + other.number, Math.max(longestNanos, other.longestNanos));
        }
    }
}

package ai.snagr.data.testkit.internal;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** How long something may still take. */
final class Deadline {
    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(5).toNanos();

    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    static Deadline in(Duration limit) {
        return new Deadline(System.nanoTime() + limit.toNanos());
    }

    long millisLeft() {
        return Math.max(0, Duration.ofNanos(end - System.nanoTime()).toMillis());
    }

    /** Whether it happened in time. Looks at once, and again every few moments: for what nobody tells about. */
    boolean waitFor(BooleanSupplier event) {
        while (!event.getAsBoolean()) {
            if (millisLeft() == 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        return true;
    }
}

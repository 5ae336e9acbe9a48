package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.change.ChangeBatch;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.change.ChangeListener;
import ai.snagr.data.change.ConsumerName;
import ai.snagr.data.change.Position;
import ai.snagr.data.change.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listeners of one store that are being told of changes, each on a thread of its own, until they or all are closed. */
public final class ChangeSubscriptions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeSubscriptions.class);

    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final AtomicInteger SEQUENCE = new AtomicInteger();

    private final Set<Follower> open = ConcurrentHashMap.newKeySet();

    /** Tells the listener what comes after the position. */
    Subscription start(ChangeFeed feed, Position after, ChangeListener listener) {
        return start(new Follower(feed, after, listener, next -> {}));
    }

    /** The same for a consumer, for whom each batch is acknowledged. */
    Subscription start(ChangeFeed feed, ConsumerName consumer, Position after, ChangeListener listener) {
        return start(new Follower(feed, after, listener, next -> feed.acknowledge(consumer, next)));
    }

    private Subscription start(Follower follower) {
        open.add(follower);
        follower.thread.start();
        return follower;
    }

    /** Ends all of them. */
    @Override
    public void close() {
        List.copyOf(open).forEach(Follower::close);
    }

    private final class Follower implements Subscription {
        private final ChangeFeed feed;
        private final ChangeListener listener;
        private final Consumer<Position> acknowledge;
        private final Thread thread;
        private final CountDownLatch closed = new CountDownLatch(1);

        private volatile Position position;
        private volatile @Nullable Throwable failure;

        Follower(ChangeFeed feed, Position position, ChangeListener listener, Consumer<Position> acknowledge) {
            this.feed = feed;
            this.position = position;
            this.listener = listener;
            this.acknowledge = acknowledge;
            this.thread = new Thread(this::follow, "snagr-changes-" + SEQUENCE.incrementAndGet());
            thread.setDaemon(true);
        }

        @Override
        public Position position() {
            return position;
        }

        @Override
        public Optional<Throwable> failure() {
            return Optional.ofNullable(failure);
        }

        @Override
        public void close() {
            closed.countDown();
            open.remove(this);
            if (Thread.currentThread() == thread) {
                return;
            }
            try {
                thread.join(PATIENCE.toMillis());
                if (thread.isAlive()) {
                    LOG.warn("A listener of changes has not returned in {}; it is interrupted", PATIENCE);
                    thread.interrupt();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void follow() {
            Duration pause = SHORTEST_PAUSE;
            Duration retry = FIRST_RETRY;
            try {
                while (closed.getCount() > 0) {
                    try {
                        boolean told = step();
                        failure = null;
                        retry = FIRST_RETRY;
                        pause = told ? SHORTEST_PAUSE : longer(pause, LONGEST_PAUSE);
                        if (!told) {
                            await(pause);
                        }
                    } catch (InterruptedException e) {
                        throw e;
                    } catch (Throwable e) {
                        failure = e;
                        if (closed.getCount() > 0) {
                            // The type and not the message: it is the listener's, and may hold anything.
                            LOG.warn(
                                    "Changes could not be told ({}); trying again in {}",
                                    e.getClass().getName(),
                                    retry);
                        }
                        await(retry);
                        retry = longer(retry, LAST_RETRY);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                open.remove(this);
            }
        }

        /** Whether there was something to tell. */
        private boolean step() throws Exception {
            ChangeBatch batch = feed.poll(position, ChangeFeed.MAX_BATCH);
            boolean told = !batch.changes().isEmpty();
            if (told) {
                listener.changed(batch);
                acknowledge.accept(batch.next());
            }
            position = batch.next();
            return told;
        }

        private void await(Duration pause) throws InterruptedException {
            if (closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.debug("A listener of changes has ended");
            }
        }

        private static Duration longer(Duration pause, Duration longest) {
            Duration twice = pause.multipliedBy(2);
            return twice.compareTo(longest) > 0 ? longest : twice;
        }
    }
}

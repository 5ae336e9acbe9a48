package ai.snagr.data.cache;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.CacheableStore;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Budgets in Redis. It may be away at any time: a call then has no answer from here, after no more than the timeout, and
 * after a failure one call a second finds out whether Redis is back, while the others have no answer at once.
 */
final class SharedBudgets implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedBudgets.class);

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int TURNS = 64;

    /** How much longer than until it is full a budget is kept. */
    private static final Duration KEPT_FULL = Duration.ofSeconds(10);

    private final RedisLink<Budgets> link;
    private final Duration timeout;

    /**
     * The library changes a budget by compare and set, again and again until nobody was faster. The threads of one node
     * take turns instead, so that only nodes compete.
     */
    private final List<ReentrantLock> turns =
            IntStream.range(0, TURNS).mapToObj(i -> new ReentrantLock()).toList();

    private volatile boolean broken;
    private final AtomicLong retryAt = new AtomicLong();

    private SharedBudgets(RedisLink<Budgets> link, Duration timeout) {
        this.link = link;
        this.timeout = timeout;
    }

    static SharedBudgets connect(RedisAddress address, CacheableStore store, Duration timeout) {
        if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(Duration.ofSeconds(5)) > 0) {
            throw new SnagrDataException.InvalidInput(
                    "RateLimiter", List.of(new Problem("timeout", "must be between 1 millisecond and 5 seconds")));
        }
        return new SharedBudgets(
                RedisLink.open(address, store, (connection, box) -> Budgets.over(connection, box, store, timeout)),
                timeout);
    }

    /** Empty if Redis does not answer. */
    Optional<ConsumptionProbe> tryAcquire(RateLimit limit, String subject) {
        if (broken && !isMyTurnToTry()) {
            return Optional.empty();
        }
        Optional<Budgets> open = link.usable();
        if (open.isEmpty()) {
            failed("is not connected");
            return Optional.empty();
        }
        String key = open.get().key(limit, subject);
        ReentrantLock turn = turns.get(Math.floorMod(key.hashCode(), TURNS));
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            if (!turn.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                // Says nothing about Redis: too many ask for the same subject at once.
                return Optional.empty();
            }
            try {
                return Optional.of(answer(open.get().tryAcquire(key, limit), deadline));
            } finally {
                turn.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException e) {
            failed("failed");
            return Optional.empty();
        } catch (TimeoutException e) {
            failed("did not answer in time");
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        link.close();
    }

    private ConsumptionProbe answer(CompletableFuture<ConsumptionProbe> asked, long deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        ConsumptionProbe probe = asked.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        if (broken) {
            broken = false;
            LOG.info("Redis answers: budgets are shared again");
        }
        return probe;
    }

    private boolean isMyTurnToTry() {
        long at = retryAt.get();
        long now = System.nanoTime();
        return now - at >= 0 && retryAt.compareAndSet(at, now + PAUSE_NANOS);
    }

    private void failed(String what) {
        retryAt.set(System.nanoTime() + PAUSE_NANOS);
        if (!broken) {
            broken = true;
            LOG.warn("Redis {}: each node limits by itself until it does", what);
        }
    }

    /** What there is while a connection is open. */
    private record Budgets(AsyncProxyManager<String> manager, String prefix, SealedBox box) {
        static Budgets over(
                StatefulRedisConnection<String, byte[]> connection,
                SealedBox box,
                CacheableStore store,
                Duration timeout) {
            AsyncProxyManager<String> manager = Bucket4jLettuce.casBasedBuilder(connection)
                    .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(KEPT_FULL))
                    .requestTimeout(timeout)
                    .build()
                    .asAsync();
            return new Budgets(manager, "snagr:" + store.deployment() + ":limit1:", box);
        }

        String key(RateLimit limit, String subject) {
            return prefix + limit.name() + ":" + limit.capacity() + ":"
                    + limit.period().toMillis() + ":" + box.fingerprint(subject);
        }

        CompletableFuture<ConsumptionProbe> tryAcquire(String key, RateLimit limit) {
            return manager.getProxy(key, () -> CompletableFuture.completedFuture(RateLimiter.configuration(limit)))
                    .tryConsumeAndReturnRemaining(1);
        }
    }
}

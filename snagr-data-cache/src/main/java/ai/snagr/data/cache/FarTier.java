package ai.snagr.data.cache;

import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.Versioned;
import ai.snagr.data.match.Match;
import ai.snagr.data.spi.CacheableStore;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pages in Redis, encrypted. It may be away at any time: a read then waits no longer than the timeout, and after a failure
 * nobody asks again for a second. Nothing here throws to the reader.
 */
final class FarTier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FarTier.class);

    private static final int MAX_VALUE_BYTES = 256 << 10;
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RedisLink<Pages> link;
    private final CacheSettings settings;
    private final LongAdder failures = new LongAdder();

    private volatile long pausedUntil = System.nanoTime();

    private FarTier(RedisLink<Pages> link, CacheSettings settings) {
        this.link = link;
        this.settings = settings;
    }

    static FarTier connect(RedisAddress address, CacheSettings settings, CacheableStore store) {
        return new FarTier(
                RedisLink.open(address, store, (connection, box) -> Pages.over(connection, box, store)), settings);
    }

    /** The kept page, or empty if there is none, it cannot be read, or Redis does not answer. */
    Optional<Versioned<Slice<Match>>> get(PageKey key) {
        Pages open = usable().orElse(null);
        if (open == null) {
            return Optional.empty();
        }
        String name = open.name(key);
        RedisFuture<byte[]> answer = open.connection.async().get(name);
        try {
            byte[] sealed = answer.get(settings.farTimeout().toNanos(), TimeUnit.NANOSECONDS);
            return sealed == null ? Optional.empty() : Optional.of(PageCodec.decode(open.box.open(name, sealed)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException | TimeoutException e) {
            boolean cancelled = answer.cancel(true);
            failed(cancelled ? "did not answer in time" : "failed");
            return Optional.empty();
        } catch (IOException | SnagrDataException e) {
            failed("holds a value that does not open");
            return Optional.empty();
        }
    }

    /** Keeps the page, without waiting for it. */
    void put(PageKey key, Versioned<Slice<Match>> page) {
        Pages open = usable().orElse(null);
        if (open == null) {
            return;
        }
        String name = open.name(key);
        byte[] sealed = open.box.seal(name, PageCodec.encode(page));
        if (sealed.length > MAX_VALUE_BYTES) {
            return;
        }
        RedisFuture<String> answer =
                open.connection.async().set(name, sealed, SetArgs.Builder.px(jittered(settings.timeToLive())));
        answer.whenComplete((done, error) -> {
            if (error != null) {
                failed("did not keep a value");
            }
        });
    }

    long failures() {
        return failures.sum();
    }

    @Override
    public void close() {
        link.close();
    }

    private Optional<Pages> usable() {
        return System.nanoTime() - pausedUntil < 0 ? Optional.empty() : link.usable();
    }

    private void failed(String what) {
        failures.increment();
        pause();
        LOG.debug("Redis {}; reads go on without it for a second", what);
    }

    private void pause() {
        pausedUntil = System.nanoTime() + PAUSE_NANOS;
    }

    private static long jittered(Duration timeToLive) {
        long millis = timeToLive.toMillis();
        return millis - ThreadLocalRandom.current().nextLong(millis / 10 + 1);
    }

    /** The connection, and the key of what is kept there. */
    private record Pages(StatefulRedisConnection<String, byte[]> connection, String prefix, SealedBox box) {
        static Pages over(StatefulRedisConnection<String, byte[]> connection, SealedBox box, CacheableStore store) {
            String prefix = "snagr:" + store.deployment() + ":pages" + PageCodec.FORMAT + ":" + box.id() + ":";
            return new Pages(connection, prefix, box);
        }

        String name(PageKey key) {
            return prefix + key.user() + ":" + key.search() + ":" + key.size();
        }
    }
}

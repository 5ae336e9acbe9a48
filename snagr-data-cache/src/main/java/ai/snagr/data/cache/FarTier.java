package ai.snagr.data.cache;

import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.Versioned;
import ai.snagr.data.match.Match;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.CacheableStore;
import ai.snagr.data.user.UserId;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
 * Pages in Redis, encrypted: a hash for each search, with a field for each size of its first page, so that all of them go at
 * once when the search changes. It may be away at any time: a read then waits no longer than the timeout, and after a failure
 * nobody asks again for a second. Nothing here throws to the reader.
 */
final class FarTier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FarTier.class);

    private static final int MAX_VALUE_BYTES = 256 << 10;
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int SCANNED = 1_000;

    /** In one step, so that nothing is kept without an end. */
    private static final String PUT =
            "redis.call('hset', KEYS[1], ARGV[1], ARGV[2]) return redis.call('pexpire', KEYS[1], ARGV[3])";

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
        RedisFuture<byte[]> answer =
                open.connection.async().hget(open.name(key.user(), key.search()), Pages.field(key));
        try {
            byte[] sealed = await(answer);
            return sealed == null
                    ? Optional.empty()
                    : Optional.of(PageCodec.decode(open.box.open(open.boundTo(key), sealed)));
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
        byte[] sealed = open.box.seal(open.boundTo(key), PageCodec.encode(page));
        if (sealed.length > MAX_VALUE_BYTES) {
            return;
        }
        RedisFuture<Long> answer = open.connection
                .async()
                .eval(
                        PUT,
                        ScriptOutputType.INTEGER,
                        new String[] {open.name(key.user(), key.search())},
                        ascii(Pages.field(key)),
                        sealed,
                        ascii(Long.toString(jittered(settings.timeToLive()))));
        answer.whenComplete((done, error) -> {
            if (error != null) {
                failed("did not keep a value");
            }
        });
    }

    /** Drops the pages of that search, without waiting for it. */
    void drop(UserId user, SearchId search) {
        usable().ifPresent(open -> unlink(open, open.name(user, search)));
    }

    /** Drops the pages of that user. */
    void drop(UserId user) {
        usable().ifPresent(open -> dropAll(open, open.prefix + user + ":*"));
    }

    /** Drops all pages that the present key opens. */
    void drop() {
        usable().ifPresent(open -> dropAll(open, open.prefix + "*"));
    }

    /** Rare, and never for a reader, so it may look at every name. */
    private void dropAll(Pages open, String names) {
        ScanArgs args = ScanArgs.Builder.matches(names).limit(SCANNED);
        ScanCursor at = ScanCursor.INITIAL;
        try {
            while (!at.isFinished()) {
                KeyScanCursor<String> found = await(open.connection.async().scan(at, args));
                if (!found.getKeys().isEmpty()) {
                    unlink(open, found.getKeys().toArray(String[]::new));
                }
                at = found;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            failed("did not drop all it should");
        }
    }

    private void unlink(Pages open, String... names) {
        open.connection.async().unlink(names).whenComplete((done, error) -> {
            if (error != null) {
                failed("did not drop a value");
            }
        });
    }

    private <T> T await(RedisFuture<T> answer) throws InterruptedException, ExecutionException, TimeoutException {
        return answer.get(settings.farTimeout().toNanos(), TimeUnit.NANOSECONDS);
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

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
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

        String name(UserId user, SearchId search) {
            return prefix + user + ":" + search;
        }

        static String field(PageKey key) {
            return Integer.toString(key.size());
        }

        /** What a page is sealed for: it does not open anywhere else. */
        String boundTo(PageKey key) {
            return name(key.user(), key.search()) + ":" + field(key);
        }
    }
}

package ai.snagr.data.cache;

import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.Versioned;
import ai.snagr.data.match.Match;
import ai.snagr.data.spi.CacheableStore;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
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
    private static final Duration FIRST_CONNECT = Duration.ofSeconds(2);

    private final RedisClient client;
    private final RedisURI uri;
    private final CacheSettings settings;
    private final CacheableStore store;
    private final LongAdder failures = new LongAdder();

    private volatile long pausedUntil = System.nanoTime();
    private volatile @Nullable CompletableFuture<Link> link;

    private FarTier(RedisClient client, RedisURI uri, CacheSettings settings, CacheableStore store) {
        this.client = client;
        this.uri = uri;
        this.settings = settings;
        this.store = store;
    }

    static FarTier connect(String uri, CacheSettings settings, CacheableStore store) {
        RedisURI address = RedisURI.create(uri);
        RedisClient client = RedisClient.create(address);
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .socketOptions(
                        SocketOptions.builder().connectTimeout(FIRST_CONNECT).build())
                .build());
        FarTier tier = new FarTier(client, address, settings, store);
        try {
            Link ignored = tier.open().get(FIRST_CONNECT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SnagrDataException misconfigured) {
                tier.close();
                throw misconfigured;
            }
            LOG.warn("Redis does not answer; reads go on without it until it does");
        } catch (TimeoutException e) {
            LOG.warn("Redis does not answer; reads go on without it until it does");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return tier;
    }

    /** The kept page, or empty if there is none, it cannot be read, or Redis does not answer. */
    Optional<Versioned<Slice<Match>>> get(PageKey key) {
        Link open = usable();
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
        Link open = usable();
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
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    /** The open link, or null while Redis is away; then another attempt is under way. */
    private @Nullable Link usable() {
        if (System.nanoTime() - pausedUntil < 0) {
            return null;
        }
        CompletableFuture<Link> current = link;
        if (current == null || current.isCompletedExceptionally()) {
            pause();
            current = open();
        }
        return current.isDone() && !current.isCompletedExceptionally() ? current.getNow(null) : null;
    }

    private synchronized CompletableFuture<Link> open() {
        CompletableFuture<Link> current = link;
        if (current == null || current.isCompletedExceptionally()) {
            current = client.connectAsync(RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE), uri)
                    .toCompletableFuture()
                    .thenApplyAsync(connection -> Link.over(connection, store));
            link = current;
        }
        return current;
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

    /** A connection whose server was found fit, and the key of what is kept there. */
    private record Link(StatefulRedisConnection<String, byte[]> connection, String prefix, SealedBox box) {
        static Link over(StatefulRedisConnection<String, byte[]> connection, CacheableStore store) {
            try {
                checkServer(connection.sync().info());
                String prefix = "snagr:" + store.deployment();
                SealedBox box = SealedBox.shared(prefix + ":key", connection.sync(), store);
                return new Link(connection, prefix + ":pages" + PageCodec.FORMAT + ":" + box.id() + ":", box);
            } catch (RuntimeException e) {
                connection.close();
                throw e;
            }
        }

        String name(PageKey key) {
            return prefix + key.user() + ":" + key.search() + ":" + key.size();
        }

        private static void checkServer(String info) {
            if (field(info, "redis_mode").equals("cluster")) {
                throw new SnagrDataException.Misconfigured(
                        "The Redis is a cluster, which is not supported: use a standalone or Sentinel one");
            }
            String[] version = field(info, "redis_version").split("\\.", 3);
            int major = Integer.parseInt(version[0]);
            if (major < 6 || (major == 6 && Integer.parseInt(version[1]) < 2)) {
                throw new SnagrDataException.Misconfigured("The Redis is older than 6.2: use a newer one");
            }
        }

        private static String field(String info, String name) {
            return info.lines()
                    .filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("0.0");
        }
    }
}

package ai.snagr.data.cache;

import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.CacheableStore;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to a Redis that was found fit, with the key that is shared over it, and what its user makes of the two. It
 * is opened at the start if Redis answers, else by whoever next asks for it, in the background.
 */
final class RedisLink<T> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RedisEndpoint endpoint;
    private final CacheableStore store;
    private final BiFunction<StatefulRedisConnection<String, byte[]>, SealedBox, T> use;
    private final AtomicLong retryAt = new AtomicLong(System.nanoTime());

    private volatile @Nullable CompletableFuture<T> current;

    private RedisLink(
            RedisEndpoint endpoint,
            CacheableStore store,
            BiFunction<StatefulRedisConnection<String, byte[]>, SealedBox, T> use) {
        this.endpoint = endpoint;
        this.store = store;
        this.use = use;
    }

    /**
     * The link, open if Redis answers within two seconds.
     *
     * @throws SnagrDataException CONFIGURATION if the Redis may not be reached like that, is not trusted, or is not fit
     */
    static <T> RedisLink<T> open(
            RedisAddress address,
            CacheableStore store,
            BiFunction<StatefulRedisConnection<String, byte[]>, SealedBox, T> use) {
        RedisEndpoint.unverified(address)
                .ifPresent(
                        host -> store.recordPlaintext(host, address.plaintext().orElseThrow()));
        RedisLink<T> link = new RedisLink<>(RedisEndpoint.of(address), store, use);
        try {
            T ignored = link.attempt().get(RedisEndpoint.FIRST_CONNECT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Optional<SnagrDataException> hopeless = RedisEndpoint.hopeless(e);
            if (hopeless.isPresent()) {
                link.close();
                throw hopeless.get();
            }
            LOG.warn("Redis does not answer; it is done without until it does");
        } catch (TimeoutException e) {
            LOG.warn("Redis does not answer; it is done without until it does");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return link;
    }

    /** What was made of the open connection, or empty while there is none; then an attempt is under way. */
    Optional<T> usable() {
        CompletableFuture<T> attempt = current;
        if (attempt == null || attempt.isCompletedExceptionally()) {
            long at = retryAt.get();
            long now = System.nanoTime();
            if (now - at < 0 || !retryAt.compareAndSet(at, now + PAUSE_NANOS)) {
                return Optional.empty();
            }
            attempt = attempt();
        }
        return attempt.isDone() && !attempt.isCompletedExceptionally() ? Optional.of(attempt.join()) : Optional.empty();
    }

    @Override
    public void close() {
        endpoint.close();
    }

    /** The store that offers keys, or CONFIGURATION. */
    static CacheableStore storeOf(SnagrData data) {
        if (data instanceof CacheableStore store) {
            return store;
        }
        throw new SnagrDataException.Misconfigured(
                "A Redis is set, but this SnagrData offers no keys to protect what is kept there: give the one that"
                        + " PostgresSnagrData.builder() made, or do without a Redis: local()");
    }

    private synchronized CompletableFuture<T> attempt() {
        CompletableFuture<T> attempt = current;
        if (attempt == null || attempt.isCompletedExceptionally()) {
            attempt = endpoint.connect().thenApplyAsync(this::over);
            current = attempt;
        }
        return attempt;
    }

    private T over(StatefulRedisConnection<String, byte[]> connection) {
        try {
            requireFit(connection.sync().info());
            String prefix = "snagr:" + store.deployment();
            return use.apply(connection, SealedBox.shared(prefix + ":key", connection.sync(), store));
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static void requireFit(String info) {
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

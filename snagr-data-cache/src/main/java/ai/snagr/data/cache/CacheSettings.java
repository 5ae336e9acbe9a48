package ai.snagr.data.cache;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How much is kept, where, and for how long.
 *
 * @param redis where the far tier is; empty for none
 * @param nearBytes what the near tier may take of the heap, about; 64 MB by default
 * @param timeToLive how long a value is kept, in both tiers; 5 minutes by default. It bounds memory, not freshness: every
 *     answer is confirmed by the database
 * @param farTimeout how long a read waits for Redis before it goes on without; 50 ms by default
 */
public record CacheSettings(Optional<RedisAddress> redis, long nearBytes, Duration timeToLive, Duration farTimeout) {
    public CacheSettings {
        requireNonNull(redis, "redis");
        requireNonNull(timeToLive, "timeToLive");
        requireNonNull(farTimeout, "farTimeout");
        List<Problem> problems = new ArrayList<>();
        if (nearBytes < 0) {
            problems.add(new Problem("nearBytes", "must not be negative"));
        }
        if (timeToLive.compareTo(Duration.ofSeconds(1)) < 0 || timeToLive.compareTo(Duration.ofDays(1)) > 0) {
            problems.add(new Problem("timeToLive", "must be between 1 second and 1 day"));
        }
        if (farTimeout.compareTo(Duration.ofMillis(1)) < 0 || farTimeout.compareTo(Duration.ofSeconds(5)) > 0) {
            problems.add(new Problem("farTimeout", "must be between 1 millisecond and 5 seconds"));
        }
        if (!problems.isEmpty()) {
            throw new SnagrDataException.InvalidInput("CacheSettings", problems);
        }
    }

    /** A near tier of 64 MB, no far one. */
    public static CacheSettings local() {
        return new CacheSettings(Optional.empty(), 64L << 20, Duration.ofMinutes(5), Duration.ofMillis(50));
    }

    /**
     * A near tier of 64 MB and this Redis as the far one.
     *
     * @param uri {@code rediss://host:port}, or {@code redis://…} on this machine
     */
    public static CacheSettings redis(String uri) {
        return redis(RedisAddress.of(uri));
    }

    /** A near tier of 64 MB and this Redis as the far one. */
    public static CacheSettings redis(RedisAddress address) {
        return new CacheSettings(Optional.of(address), 64L << 20, Duration.ofMinutes(5), Duration.ofMillis(50));
    }

    public CacheSettings withNearBytes(long bytes) {
        return new CacheSettings(redis, bytes, timeToLive, farTimeout);
    }

    public CacheSettings withTimeToLive(Duration duration) {
        return new CacheSettings(redis, nearBytes, duration, farTimeout);
    }

    public CacheSettings withFarTimeout(Duration duration) {
        return new CacheSettings(redis, nearBytes, timeToLive, duration);
    }

    /** Without the address, which may hold a password. */
    @Override
    public String toString() {
        return "CacheSettings[redis=" + (redis.isPresent() ? "set" : "none") + ", nearBytes=" + nearBytes
                + ", timeToLive=" + timeToLive + ", farTimeout=" + farTimeout + "]";
    }
}

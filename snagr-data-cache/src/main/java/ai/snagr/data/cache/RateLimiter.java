package ai.snagr.data.cache;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.user.EmailAddress;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Named limits, for a service to put before its endpoints: each subject has a budget for each limit. With a Redis, all
 * nodes of an installation share the budgets; without one, and while it does not answer, each node has its own of the same
 * size: more passes then, by the number of nodes, and never without a limit. Thread-safe.
 *
 * <p>Redis holds no subject in the clear: keys are made of a keyed hash, which only holders of the store's keys can
 * compute, and are gone when their budget is full again. A call takes no longer than the timeout; after a failure one call
 * a second tries Redis again, and the others do not wait for it.
 *
 * <p>A budget refills by the clock of the node that looks, so the clocks of the nodes must agree. One that is ahead by a
 * minute refills a minute's share too early, once; until the others have caught up, they refill nothing.
 * Emptying the Redis makes every budget full, and until all nodes have connected anew they share two instead of one.
 */
public final class RateLimiter implements AutoCloseable {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofMillis(100);

    /** Subjects that a node keeps budgets of; a flood of more makes the longest unused ones full again. */
    private static final int MOST_LOCAL = 100_000;

    private final Optional<SharedBudgets> shared;
    private final Cache<Local, Bucket> local = Caffeine.newBuilder()
            .maximumSize(MOST_LOCAL)
            .expireAfter(
                    Expiry.<Local, Bucket>accessing((key, budget) -> key.limit().period()))
            .build();

    private RateLimiter(Optional<SharedBudgets> shared) {
        this.shared = shared;
    }

    /** Budgets of this node alone. */
    public static RateLimiter local() {
        return new RateLimiter(Optional.empty());
    }

    /**
     * Budgets that all nodes over this Redis and store share; a call waits for it up to 100 ms.
     *
     * @throws SnagrDataException as {@link #shared(SnagrData, RedisAddress, Duration)}
     */
    public static RateLimiter shared(SnagrData data, RedisAddress redis) {
        return shared(data, redis, DEFAULT_TIMEOUT);
    }

    /**
     * Budgets that all nodes over this Redis and store share.
     *
     * @param data offers the keys of the keyed hash; it stays its owner's to close, after the limiter
     * @param timeout how long a call waits for Redis before it asks the budget of this node, 1 ms to 5 s
     * @throws SnagrDataException CONFIGURATION if {@code data} offers no keys, or the Redis is not trusted, a cluster or
     *     older than 6.2; INVALID_INPUT if the timeout is out of its range. A Redis that does not answer is no error: it is
     *     used once it does
     */
    public static RateLimiter shared(SnagrData data, RedisAddress redis, Duration timeout) {
        return new RateLimiter(Optional.of(SharedBudgets.connect(
                requireNonNull(redis, "redis"), RedisLink.storeOf(requireNonNull(data, "data")), timeout)));
    }

    /** Takes one from the subject's budget, if it is not empty. */
    public Decision tryAcquire(RateLimit limit, Subject subject) {
        requireNonNull(limit, "limit");
        requireNonNull(subject, "subject");
        return shared.flatMap(budgets -> budgets.tryAcquire(limit, subject.value))
                .map(probe -> decision(probe, Scope.SHARED))
                .orElseGet(() -> decision(budget(limit, subject).tryConsumeAndReturnRemaining(1), Scope.NODE));
    }

    /**
     * Takes one from the subject's budget.
     *
     * @throws SnagrDataException.RateLimited RATE_LIMITED if it is empty, with the time to wait
     */
    public void check(RateLimit limit, Subject subject) {
        Decision decision = tryAcquire(limit, subject);
        if (!decision.admitted()) {
            throw new SnagrDataException.RateLimited(limit.name(), decision.retryAfter());
        }
    }

    /** Gives back the connection to Redis and every thread. */
    @Override
    public void close() {
        shared.ifPresent(SharedBudgets::close);
    }

    private Bucket budget(RateLimit limit, Subject subject) {
        return local.get(
                new Local(limit, subject),
                key -> Bucket.builder()
                        .addLimit(configuration(limit).getBandwidths()[0])
                        .build());
    }

    static BucketConfiguration configuration(RateLimit limit) {
        return BucketConfiguration.builder()
                .addLimit(bandwidth ->
                        bandwidth.capacity(limit.capacity()).refillGreedy(limit.capacity(), limit.period()))
                .build();
    }

    private static Decision decision(ConsumptionProbe probe, Scope scope) {
        return new Decision(
                probe.isConsumed(),
                probe.getRemainingTokens(),
                Duration.ofNanos(probe.isConsumed() ? 0 : Math.max(1, probe.getNanosToWaitForRefill())),
                scope);
    }

    private record Local(RateLimit limit, Subject subject) {}

    /** Whose budget it was. */
    public enum Scope {
        /** All nodes share it. */
        SHARED,
        /** This node's own. */
        NODE
    }

    /**
     * The answer to one attempt.
     *
     * @param admitted whether it was within the limit
     * @param remaining what is left of the budget
     * @param retryAfter how long to wait until one attempt more is within the limit; zero if this one was
     * @param scope whose budget it was
     */
    public record Decision(boolean admitted, long remaining, Duration retryAfter, Scope scope) {}

    /** Who or what is limited. Two are the same if they were made of the same. */
    public static final class Subject {
        private final String value;

        private Subject(String value) {
            this.value = value;
        }

        /** The user, service or admin; a service on behalf of a user is another one for each user. */
        public static Subject of(Actor actor) {
            if (actor instanceof Actor.UserActor user) {
                return new Subject("user " + user.id().value());
            }
            if (actor instanceof Actor.AdminActor admin) {
                return new Subject("admin " + admin.id());
            }
            Actor.ServiceActor service = (Actor.ServiceActor) actor;
            return new Subject("service " + service.role()
                    + service.userId().map(id -> " " + id.value()).orElse(""));
        }

        /** Whoever uses this e-mail address before he is known, however it is written. */
        public static Subject of(EmailAddress email) {
            return new Subject("email " + email.key());
        }

        /** Whoever comes from this network address; of IPv6 the first 64 bits, which one subscriber has. */
        public static Subject of(InetAddress address) {
            byte[] bytes = address.getAddress();
            int length = bytes.length == 16 ? 8 : bytes.length;
            return new Subject("address " + HexFormat.of().formatHex(bytes, 0, length));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Subject subject && subject.value.equals(value);
        }

        @Override
        public int hashCode() {
            return value.hashCode();
        }

        /** Says nothing about whom. */
        @Override
        public String toString() {
            return "Subject[]";
        }
    }
}

package ai.snagr.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.RequestId;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.cache.RateLimiter.Decision;
import ai.snagr.data.cache.RateLimiter.Scope;
import ai.snagr.data.cache.RateLimiter.Subject;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestRedis;
import ai.snagr.data.testkit.WireRelay;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.UserId;
import io.lettuce.core.RedisClient;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@SnagrDataTest
@Timeout(180)
class RateLimiterIT {
    /** Refills by one in some hours: not within a test. */
    private static final RateLimit LIMIT = RateLimit.of("test", 5, Duration.ofDays(31));

    private static final Duration PATIENT = Duration.ofSeconds(5);

    private final SnagrData data;
    private final TestRedis redis;
    private final Subject alice;
    private final Subject bob;
    private final WireRelay relay;

    RateLimiterIT(SnagrData data, TestRedis redis, Samples samples) {
        this.data = data;
        this.redis = redis;
        this.alice = Subject.of(Actor.user(samples.registeredUser(data).id()));
        this.bob = Subject.of(Actor.user(samples.registeredUser(data).id()));
        URI address = URI.create(redis.uri());
        this.relay = WireRelay.to(address.getHost(), address.getPort());
    }

    @BeforeEach
    void emptyRedis() {
        redis.flush();
    }

    @AfterEach
    void closeRelay() {
        relay.close();
    }

    @Test
    void tryAcquire_upToTheCapacity_isAdmittedAndThenSaysHowLongToWait() {
        try (RateLimiter limiter = patient()) {
            List<Decision> decisions = times(7, limiter, alice);

            assertThat(decisions)
                    .extracting(Decision::admitted)
                    .containsExactly(true, true, true, true, true, false, false);
            assertThat(decisions).extracting(Decision::remaining).containsExactly(4L, 3L, 2L, 1L, 0L, 0L, 0L);
            assertThat(decisions).extracting(Decision::scope).containsOnly(Scope.SHARED);
            assertThat(decisions.get(0).retryAfter()).isZero();
            assertThat(decisions.get(6).retryAfter())
                    .isBetween(Duration.ofDays(6), Duration.ofDays(31).dividedBy(5));
        }
    }

    @Test
    void tryAcquire_otherSubjectsAndOtherLimits_haveBudgetsOfTheirOwn() {
        try (RateLimiter limiter = patient()) {
            assertThat(admitted(times(6, limiter, alice))).isEqualTo(5);

            assertThat(limiter.tryAcquire(LIMIT, bob).admitted()).isTrue();
            assertThat(limiter.tryAcquire(RateLimit.of("other", 5, LIMIT.period()), alice)
                            .admitted())
                    .isTrue();
        }
    }

    @Test
    void tryAcquire_manyThreadsOfThreeNodesAtOnce_admitTheCapacityAndNotOneMore() throws Exception {
        RateLimit limit = RateLimit.of("race", 60, LIMIT.period());
        int threads = 8;
        int attempts = 10;
        ExecutorService pool = Executors.newFixedThreadPool(3 * threads);
        CountDownLatch start = new CountDownLatch(1);
        try (RateLimiter first = patient();
                RateLimiter second = patient();
                RateLimiter third = patient()) {
            List<Future<List<Decision>>> answers = new ArrayList<>();
            for (RateLimiter node : List.of(first, second, third)) {
                for (int i = 0; i < threads; i++) {
                    Callable<List<Decision>> work = () -> {
                        start.await();
                        return IntStream.range(0, attempts)
                                .mapToObj(n -> node.tryAcquire(limit, alice))
                                .toList();
                    };
                    answers.add(pool.submit(work));
                }
            }
            start.countDown();
            List<Decision> all = new ArrayList<>();
            for (Future<List<Decision>> answer : answers) {
                all.addAll(answer.get());
            }

            assertThat(all).extracting(Decision::scope).containsOnly(Scope.SHARED);
            assertThat(admitted(all)).isEqualTo(60);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void tryAcquire_withoutRedis_isLimitedByTheNode() {
        RedisAddress nowhere = RedisAddress.of("redis://127.0.0.1:1");
        try (RateLimiter first = RateLimiter.shared(data, nowhere);
                RateLimiter second = RateLimiter.shared(data, nowhere);
                RateLimiter alone = RateLimiter.local()) {
            for (RateLimiter limiter : List.of(first, second, alone)) {
                List<Decision> decisions = times(20, limiter, alice);

                assertThat(admitted(decisions)).isEqualTo(5);
                assertThat(decisions).extracting(Decision::scope).containsOnly(Scope.NODE);
                assertThat(limiter.tryAcquire(LIMIT, bob).admitted()).isTrue();
            }
        }
    }

    @Test
    void tryAcquire_redisDiesAndComesBack_isLimitedByTheNodeInBetween() {
        try (RateLimiter limiter = through()) {
            assertThat(untilScope(Scope.SHARED, limiter)).isTrue();

            relay.refuseConnections();
            relay.cut();

            assertThat(untilScope(Scope.NODE, limiter)).isTrue();
            assertThat(admitted(times(20, limiter, alice))).isEqualTo(5);

            relay.acceptConnections();

            assertThat(untilScope(Scope.SHARED, limiter)).isTrue();
            assertThat(admitted(times(20, limiter, alice))).isEqualTo(5);
        }
    }

    @Test
    void tryAcquire_redisFreezesAndThaws_waitsForOneCallAndIsLimitedByTheNode() {
        try (RateLimiter limiter = through()) {
            assertThat(untilScope(Scope.SHARED, limiter)).isTrue();

            relay.freeze();

            assertThat(untilScope(Scope.NODE, limiter)).isTrue();
            List<Decision> frozen = times(200, limiter, alice);
            assertThat(admitted(frozen)).isEqualTo(5);
            assertThat(frozen).extracting(Decision::scope).containsOnly(Scope.NODE);

            relay.thaw();

            assertThat(untilScope(Scope.SHARED, limiter)).isTrue();
        }
    }

    @Test
    void check_beyondTheLimit_saysWhenToTryAgain() {
        try (RateLimiter limiter = patient()) {
            var ignored = times(5, limiter, alice);

            assertThatThrownBy(() -> limiter.check(LIMIT, alice))
                    .isInstanceOfSatisfying(SnagrDataException.RateLimited.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED);
                        assertThat(e.retryable()).isTrue();
                        assertThat(e.retryAfter()).isGreaterThan(Duration.ofDays(1));
                    })
                    .hasMessageContaining("'test'");
        }
    }

    @Test
    void redis_afterwards_holdsNoSubjectAndKeysThatExpire() throws Exception {
        EmailAddress email = EmailAddress.of("canary.person@example.org");
        UserId user = new UserId(UUID.randomUUID());
        try (RateLimiter limiter = patient();
                RedisClient client = RedisClient.create(redis.uri());
                var connection = client.connect()) {
            limiter.check(LIMIT, Subject.of(email));
            limiter.check(LIMIT, Subject.of(Actor.user(user)));
            limiter.check(RateLimit.LOGIN_LOOKUP, Subject.of(InetAddress.getByName("198.51.100.77")));

            List<String> budgets = redis.keys().stream()
                    .filter(key -> key.contains(":limit1:"))
                    .toList();
            assertThat(budgets).hasSize(3);
            assertThat(String.join(" ", redis.keys())).doesNotContain("canary", user.toString(), "198.51", "c633644d");
            for (String key : budgets) {
                assertThat(connection.sync().pttl(key))
                        .isBetween(1L, LIMIT.period().plusSeconds(60).toMillis());
                assertThat(connection.sync().get(key)).doesNotContain("canary");
            }
        }
    }

    @Test
    void subject_addressesOfOneIpv6Subscriber_areOne() throws Exception {
        Subject first = Subject.of(InetAddress.getByName("2001:db8:1:2::1"));

        assertThat(first).isEqualTo(Subject.of(InetAddress.getByName("2001:db8:1:2:ffff::9")));
        assertThat(first).isNotEqualTo(Subject.of(InetAddress.getByName("2001:db8:1:3::1")));
        assertThat(Subject.of(EmailAddress.of("A@example.org")))
                .isEqualTo(Subject.of(EmailAddress.of("a@example.org")))
                .hasToString("Subject[]");
    }

    @Test
    void shared_overDataWithoutKeys_isRefused() {
        SnagrData keyless = new SnagrData() {
            @Override
            public Session as(Actor actor) {
                return data.as(actor);
            }

            @Override
            public Session as(Actor actor, RequestId request) {
                return data.as(actor, request);
            }

            @Override
            public void close() {}
        };

        assertThatThrownBy(() -> RateLimiter.shared(keyless, RedisAddress.of(redis.uri())))
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION));
    }

    private RateLimiter patient() {
        return RateLimiter.shared(data, RedisAddress.of(redis.uri()).allowPlaintext("a Redis of tests"), PATIENT);
    }

    private RateLimiter through() {
        String path = URI.create(redis.uri()).getPath();
        return RateLimiter.shared(
                data, RedisAddress.of("redis://127.0.0.1:" + relay.port() + path), Duration.ofMillis(250));
    }

    private static List<Decision> times(int times, RateLimiter limiter, Subject subject) {
        return IntStream.range(0, times)
                .mapToObj(n -> limiter.tryAcquire(LIMIT, subject))
                .toList();
    }

    private static long admitted(List<Decision> decisions) {
        return decisions.stream().filter(Decision::admitted).count();
    }

    /** Asks for other subjects until the answer is of that scope; the time limit of the class ends it. */
    private static boolean untilScope(Scope scope, RateLimiter limiter) {
        while (true) {
            Subject somebody = Subject.of(Actor.user(new UserId(UUID.randomUUID())));
            if (limiter.tryAcquire(LIMIT, somebody).scope() == scope) {
                return true;
            }
            LockSupport.parkNanos(10_000_000);
        }
    }
}

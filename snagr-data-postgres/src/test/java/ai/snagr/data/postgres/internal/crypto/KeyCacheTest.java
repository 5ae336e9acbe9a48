package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeyCacheTest {
    private static final SealedColumn COLUMN = SealedColumn.PREFERENCE_PHONE;

    private final Engines engines = new Engines();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final AtomicInteger loads = new AtomicInteger();
    private final Queue<FieldKey> loaded = new ConcurrentLinkedQueue<>();
    private final ExecutorService executor = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    @Test
    void enter_sameName_unwrapsOnce() {
        KeyCache cache = cache(4, this::ring);
        for (int i = 0; i < 10; i++) {
            cache.enter(name(1)).leave();
        }
        assertThat(loads).hasValue(1);
    }

    @Test
    void enter_otherUserIdOrWrappedForm_unwrapsAgain() {
        KeyCache cache = cache(9, this::ring);
        KeyCache.Name first = name(1);
        cache.enter(first).leave();
        cache.enter(name(2)).leave();
        cache.enter(new KeyCache.Name(first.user(), 2, first.wrapped())).leave();
        cache.enter(new KeyCache.Name(first.user(), 1, wrapped(7))).leave();
        assertThat(loads).hasValue(4);
    }

    @Test
    void enter_manyThreadsAtOnce_unwrapOnce() throws Exception {
        CountDownLatch unwrapping = new CountDownLatch(1);
        CountDownLatch proceed = new CountDownLatch(1);
        KeyCache cache = cache(4, name -> {
            unwrapping.countDown();
            await(proceed);
            return ring(name);
        });
        List<Future<KeyRing<KeyUse>>> flights = new ArrayList<>();
        flights.add(executor.submit(() -> cache.enter(name(1))));
        unwrapping.await();
        CountDownLatch asking = new CountDownLatch(7);
        for (int i = 0; i < 7; i++) {
            flights.add(executor.submit(() -> {
                asking.countDown();
                return cache.enter(name(1));
            }));
        }
        asking.await();
        assertThat(flights).noneMatch(Future::isDone);
        proceed.countDown();
        for (Future<KeyRing<KeyUse>> flight : flights) {
            assertThat(flight.get()).isSameAs(flights.get(0).get());
        }
        assertThat(loads).hasValue(1);
        flights.get(0).get().leave();
    }

    @Test
    void enter_whileAnotherUsersKeyIsUnwrapped_doesNotWait() throws Exception {
        CountDownLatch unwrapping = new CountDownLatch(1);
        CountDownLatch proceed = new CountDownLatch(1);
        KeyCache cache = cache(4, name -> {
            if (name.equals(name(1))) {
                unwrapping.countDown();
                await(proceed);
            }
            return ring(name);
        });
        Future<KeyRing<KeyUse>> slow = executor.submit(() -> cache.enter(name(1)));
        unwrapping.await();
        cache.enter(name(2)).leave();
        assertThat(slow).isNotDone();
        proceed.countDown();
        slow.get().leave();
    }

    @Test
    void enter_unwrapFails_failsForAllWhoWait_andTheNextOneTriesAgain() throws Exception {
        CountDownLatch unwrapping = new CountDownLatch(1);
        CountDownLatch proceed = new CountDownLatch(1);
        KeyCache cache = cache(4, name -> {
            if (loads.getAndIncrement() == 0) {
                unwrapping.countDown();
                await(proceed);
                throw new SnagrDataException.Unreadable();
            }
            return ring(name);
        });
        Future<?> first = executor.submit(() -> cache.enter(name(1)));
        unwrapping.await();
        Thread second = new Thread(
                () -> assertThatThrownBy(() -> cache.enter(name(1))).isInstanceOf(SnagrDataException.Unreadable.class));
        AtomicInteger failures = new AtomicInteger();
        second.setUncaughtExceptionHandler((thread, failure) -> failures.incrementAndGet());
        second.start();
        while (second.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        proceed.countDown();
        assertThatThrownBy(first::get).hasCauseInstanceOf(SnagrDataException.Unreadable.class);
        second.join();
        assertThat(failures).hasValue(0);
        assertThat(cache.size()).isZero();
        cache.enter(name(1)).leave();
    }

    @Test
    void enter_afterAMinute_unwrapsAgainAndOverwritesTheOldKey() {
        KeyCache cache = cache(4, this::ring);
        cache.enter(name(1)).leave();
        FieldKey first = loaded.element();
        now.addAndGet(KeyCache.MAX_AGE.toNanos() - 1);
        cache.enter(name(1)).leave();
        assertThat(loads).hasValue(1);
        assertThat(isWiped(first)).isFalse();
        now.incrementAndGet();
        cache.enter(name(1)).leave();
        assertThat(loads).hasValue(2);
        assertThat(isWiped(first)).isTrue();
    }

    @Test
    void enter_ofAnybody_dropsAllThatAreTooOld() {
        KeyCache cache = cache(9, this::ring);
        for (int user = 1; user <= 5; user++) {
            cache.enter(name(user)).leave();
        }
        now.addAndGet(KeyCache.MAX_AGE.toNanos());
        cache.enter(name(6)).leave();
        assertThat(cache.size()).isEqualTo(1);
        assertThat(loaded.stream().filter(KeyCacheTest::isWiped)).hasSize(5);
    }

    @Test
    void enter_beyondTheLimit_dropsTheOldest() {
        KeyCache cache = cache(3, this::ring);
        for (int user = 1; user <= 5; user++) {
            cache.enter(name(user)).leave();
        }
        assertThat(cache.size()).isEqualTo(3);
        assertThat(loaded.stream().map(KeyCacheTest::isWiped)).containsExactly(true, true, false, false, false);
    }

    @Test
    void leave_lastOneAfterTheKeyWasDropped_overwritesIt() {
        KeyCache cache = cache(1, this::ring);
        KeyRing<KeyUse> inUse = cache.enter(name(1));
        cache.enter(name(2)).leave();
        FieldKey first = loaded.element();
        assertThat(isWiped(first)).isFalse();
        inUse.leave();
        assertThat(isWiped(first)).isTrue();
        assertThat(inUse.enter()).isFalse();
    }

    @Test
    void close_overwritesTheKeys_alsoOneThatIsBeingUnwrapped() throws Exception {
        CountDownLatch unwrapping = new CountDownLatch(1);
        CountDownLatch proceed = new CountDownLatch(1);
        KeyCache cache = cache(4, name -> {
            if (name.equals(name(2))) {
                unwrapping.countDown();
                await(proceed);
            }
            return ring(name);
        });
        cache.enter(name(1)).leave();
        Future<KeyRing<KeyUse>> late = executor.submit(() -> cache.enter(name(2)));
        unwrapping.await();
        cache.close();
        assertThat(loaded).allMatch(KeyCacheTest::isWiped).hasSize(1);
        proceed.countDown();
        late.get().leave();
        assertThat(loaded).allMatch(KeyCacheTest::isWiped).hasSize(2);
        assertThatThrownBy(() -> cache.enter(name(1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void enter_underConstantEviction_neverGivesAnOverwrittenKey() throws Exception {
        KeyCache cache = cache(1, this::ring);
        CountDownLatch start = new CountDownLatch(4);
        List<Callable<Integer>> work = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            int offset = thread;
            work.add(() -> {
                start.countDown();
                start.await();
                int overwritten = 0;
                for (int i = 0; i < 3_000; i++) {
                    KeyRing<KeyUse> ring = cache.enter(name(1 + (i + offset) % 3));
                    overwritten += isWiped(requireNonNull(ring.get(COLUMN))) ? 1 : 0;
                    ring.leave();
                }
                return overwritten;
            });
        }
        for (Future<Integer> overwritten : executor.invokeAll(work)) {
            assertThat(overwritten.get()).isZero();
        }
        cache.close();
        assertThat(loaded).allMatch(KeyCacheTest::isWiped);
    }

    private KeyCache cache(int maxEntries, Function<KeyCache.Name, KeyRing<KeyUse>> unwrap) {
        return new KeyCache(maxEntries, now::get, unwrap);
    }

    private KeyRing<KeyUse> ring(KeyCache.Name name) {
        loads.incrementAndGet();
        Map<KeyUse, FieldKey> keys = new HashMap<>();
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) name.user().value().getLeastSignificantBits());
        try (Engine engine = engines.start()) {
            keys.put(COLUMN, FieldKey.derive(engine, secret));
        }
        loaded.add(keys.get(COLUMN));
        return new KeyRing<>(keys);
    }

    private static boolean isWiped(FieldKey key) {
        return Arrays.equals(key.key(), new byte[32]) && Arrays.equals(key.hedge(), new byte[32]);
    }

    private static KeyCache.Name name(int user) {
        return new KeyCache.Name(new UserId(new UUID(0, user)), 1, wrapped(user));
    }

    private static WrappedKey wrapped(int bytes) {
        return new WrappedKey(new KeyRef(KeyPurpose.SUBJECT, 1), new byte[] {(byte) bytes});
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }
}

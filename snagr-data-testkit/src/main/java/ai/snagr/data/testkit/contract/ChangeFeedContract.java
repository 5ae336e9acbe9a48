package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.change.Change;
import ai.snagr.data.change.ChangeBatch;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.change.ChangeKind;
import ai.snagr.data.change.ConsumerName;
import ai.snagr.data.change.Position;
import ai.snagr.data.change.Subscription;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.search.Frequency;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What changed, told to whom it concerns: once it is committed, in order, and again until it is acknowledged. */
@SnagrDataTest
public abstract class ChangeFeedContract {
    @Test
    void poll_fromTheStart_saysThatAnythingMayHaveChanged(SnagrData data) {
        Scene scene = new Scene(data);

        for (Session session : List.of(scene.as(scene.user()), scene.service(ServiceRole.FEED))) {
            ChangeBatch batch = session.changes().poll(Position.START, 10);

            assertThat(batch.changes()).containsExactly(Change.EVERYTHING);
            assertThat(batch.next()).isNotEqualTo(Position.START);
        }
    }

    @Test
    void poll_whenNothingHappened_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        ChangeFeed feed = scene.as(scene.user()).changes();
        Position position = present(feed);

        assertThat(feed.poll(position, 10).changes()).isEmpty();
        assertThat(feed.poll(feed.poll(position, 10).next(), 10).changes()).isEmpty();
    }

    @Test
    void poll_afterWrites_tellsTheirKindsAndKeysInOrder(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Session session = scene.as(alice);
        Position before = present(session.changes());

        assertThat(session.preferences().save(Preferences.defaults(alice))).isNotNull();
        Search search = scene.search(alice);
        assertThat(session.savedSearches().save(search.id(), Frequency.DAILY, Instant.parse("2099-01-01T00:00:00Z")))
                .isNotNull();
        scene.service(ServiceRole.MATCHER, alice)
                .matches()
                .upsertAll(
                        scene.lease(alice),
                        Stream.of(Scene.newMatch("listing-1", 0.5), Scene.newMatch("listing-2", 0.5)));

        assertThat(session.changes().poll(before, 10).changes())
                .containsExactly(
                        change(ChangeKind.USER_PREFERENCES, alice),
                        change(ChangeKind.SEARCHES, alice, search.id()),
                        change(ChangeKind.SAVED_SEARCHES, alice, search.id()),
                        change(ChangeKind.MATCHES, alice, search.id()));
    }

    @Test
    void poll_afterAnUnlock_tellsTheMatchAndItsSearch(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        ChangeFeed feed = scene.as(alice).changes();
        Position before = present(feed);

        assertThat(scene.service(ServiceRole.PAYMENTS, alice).unlocks().unlock(match, Scene.payment(alice, match)))
                .isNotNull();

        assertThat(feed.poll(before, 10).changes())
                .hasSize(2)
                .anyMatch(change -> change.concerns(ChangeKind.UNLOCKS, alice, match.value()))
                .anyMatch(change -> change.concerns(ChangeKind.MATCHES, alice));
    }

    @Test
    void poll_whereNothingVisibleChanged_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        ChangeFeed feed = scene.as(alice).changes();
        Position before = present(feed);

        scene.as(alice).searches().touch(search.id());

        assertThat(feed.poll(before, 10).changes()).isEmpty();
    }

    @Test
    void poll_ofAnotherUsersChanges_showsNothing(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        Position before = present(scene.as(bob).changes());
        Position behalf = present(scene.service(ServiceRole.NOTIFIER, bob).changes());

        scene.unlock(alice);
        Search own = scene.search(bob);

        assertThat(scene.as(bob).changes().poll(before, 100).changes())
                .containsExactly(change(ChangeKind.SEARCHES, bob, own.id()));
        assertThat(scene.service(ServiceRole.NOTIFIER, bob)
                        .changes()
                        .poll(behalf, 100)
                        .changes())
                .containsExactly(change(ChangeKind.SEARCHES, bob, own.id()));
    }

    @Test
    void poll_ofEverybodysChanges_showsThem(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        ChangeFeed feed = scene.service(ServiceRole.FEED).changes();
        Position before = present(feed);

        SearchId first = scene.search(alice).id();
        SearchId second = scene.search(bob).id();

        assertThat(readAll(feed, before, 100))
                .containsSubsequence(
                        change(ChangeKind.SEARCHES, alice, first), change(ChangeKind.SEARCHES, bob, second));
    }

    @ParameterizedTest
    @EnumSource(value = ServiceRole.class, mode = EnumSource.Mode.EXCLUDE, names = "FEED")
    void poll_ofEverybodysChangesByAnotherService_isDenied(ServiceRole role, SnagrData data) {
        Scene scene = new Scene(data);

        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.service(role).changes().poll(Position.START, 10));
    }

    @Test
    void poll_byAnAdmin_isDenied(SnagrData data) {
        Scene scene = new Scene(data);

        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.admin().changes().poll(Position.START, 10));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 100})
    void poll_inSmallBatches_tellsEachOnceAndInOrder(int max, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        ChangeFeed feed = scene.as(alice).changes();
        Position before = present(feed);
        List<UUID> made = IntStream.range(0, 7)
                .mapToObj(i -> scene.search(alice).id().value())
                .toList();

        List<UUID> told = readAll(feed, before, max).stream()
                .flatMap(change -> change.keys().stream())
                .toList();

        assertThat(told).isEqualTo(made);
    }

    @Test
    void poll_afterARollback_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        ChangeFeed feed = scene.as(alice).changes();
        Position before = present(feed);

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    assertThat(session.searches().list(Page.first(1))).isEmpty();
                    var unused = session.searches().create(NewSearch.of("never"));
                    throw new IllegalStateException("taken back");
                }))
                .hasMessage("taken back");
        SearchId kept = scene.search(alice).id();

        assertThat(feed.poll(before, 10).changes()).containsExactly(change(ChangeKind.SEARCHES, alice, kept));
    }

    @Test
    void poll_whileATransactionIsOpen_tellsItAfterItsCommitAndOthersMeanwhile(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        ChangeFeed feed = scene.as(alice).changes();
        Position before = present(feed);
        List<SearchId> slow = new ArrayList<>();
        List<SearchId> fast = new ArrayList<>();
        List<Position> between = new ArrayList<>();

        scene.as(alice).inTransaction(session -> {
            slow.add(session.searches().create(NewSearch.of("slow")).id());
            fast.addAll(Race.run(1, i -> scene.search(alice).id()));
            ChangeBatch meanwhile = Race.run(1, i -> feed.poll(before, 10)).get(0);
            assertThat(meanwhile.changes()).containsExactly(change(ChangeKind.SEARCHES, alice, fast.get(0)));
            between.add(meanwhile.next());
            return null;
        });

        assertThat(feed.poll(between.get(0), 10).changes())
                .containsExactly(change(ChangeKind.SEARCHES, alice, slow.get(0)));
        assertThat(feed.poll(before, 10).changes())
                .as("both, for whoever comes later")
                .containsExactly(
                        change(ChangeKind.SEARCHES, alice, slow.get(0)),
                        change(ChangeKind.SEARCHES, alice, fast.get(0)));
    }

    @Test
    void poll_insideATransaction_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        scene.as(alice).inTransaction(session -> {
            assertFails(ErrorCode.WRONG_STATE, () -> session.changes().poll(Position.START, 10));
            assertFails(ErrorCode.WRONG_STATE, () -> session.changes().subscribe(Position.START, batch -> {}));
            return null;
        });
    }

    @Test
    void poll_fromAForeignOrDamagedPosition_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        ChangeFeed alice = scene.as(scene.user()).changes();
        ChangeFeed bob = scene.as(scene.user()).changes();
        ChangeFeed all = scene.service(ServiceRole.FEED).changes();
        String good = present(alice).token();

        assertFails(ErrorCode.INVALID_POSITION, () -> bob.poll(new Position(good), 10));
        assertFails(ErrorCode.INVALID_POSITION, () -> all.poll(new Position(good), 10));
        assertFails(ErrorCode.INVALID_POSITION, () -> alice.poll(present(all), 10));
        assertFails(ErrorCode.INVALID_POSITION, () -> alice.subscribe(present(all), batch -> {}));
        assertFails(ErrorCode.INVALID_POSITION, () -> all.acknowledge(freshName(), new Position(good)));
        for (String damaged : List.of(
                "x",
                good.substring(1),
                good.substring(0, good.length() - 1),
                good + "A",
                good.replace(good.charAt(20), '_'))) {
            assertFails(ErrorCode.INVALID_POSITION, () -> alice.poll(new Position(damaged), 10));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1_001})
    void poll_ofSoMany_isRefused(int max, SnagrData data) {
        Scene scene = new Scene(data);

        assertFails(
                ErrorCode.INVALID_INPUT, () -> scene.as(scene.user()).changes().poll(Position.START, max));
    }

    @Test
    void acknowledge_byAConsumer_isKeptUnderItsName(SnagrData data) {
        Scene scene = new Scene(data);
        ChangeFeed feed = scene.service(ServiceRole.FEED).changes();
        ConsumerName name = freshName();
        ConsumerName other = freshName();
        UserId alice = scene.user();

        assertThat(feed.acknowledged(name)).isEqualTo(Position.START);
        Position first = present(feed);
        feed.acknowledge(name, first);
        SearchId search = scene.search(alice).id();

        assertThat(feed.acknowledged(name)).isEqualTo(first);
        assertThat(feed.acknowledged(other)).isEqualTo(Position.START);
        for (int again = 0; again < 2; again++) {
            assertThat(readAll(feed, feed.acknowledged(name), 50))
                    .as("what is not acknowledged comes again")
                    .contains(change(ChangeKind.SEARCHES, alice, search));
        }
        feed.acknowledge(name, feed.poll(first, 1_000).next());
        assertThat(readAll(feed, feed.acknowledged(name), 50))
                .doesNotContain(change(ChangeKind.SEARCHES, alice, search));
    }

    @Test
    void acknowledge_byAnyoneElse_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        for (Session session :
                List.of(scene.as(alice), scene.service(ServiceRole.FEED, alice), scene.service(ServiceRole.WORKER))) {
            assertFails(ErrorCode.ACCESS_DENIED, () -> session.changes().acknowledged(freshName()));
            assertFails(ErrorCode.ACCESS_DENIED, () -> session.changes().acknowledge(freshName(), Position.START));
        }
    }

    @Test
    void purge_ofWhatSomebodyHasNotRead_tellsHimThatAnythingMayHaveChanged(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        ChangeFeed feed = scene.as(alice).changes();
        ChangeFeed worker = scene.service(ServiceRole.WORKER).changes();
        Position before = present(feed);
        SearchId search = scene.search(alice).id();

        assertThat(worker.purge(Duration.ofDays(1), 10_000)).isZero();
        assertThat(feed.poll(before, 10).changes()).containsExactly(change(ChangeKind.SEARCHES, alice, search));
        Position behind = feed.poll(before, 10).next();

        int purged = 0;
        for (int now = worker.purge(Duration.ZERO, 10_000); now > 0; now = worker.purge(Duration.ZERO, 10_000)) {
            purged += now;
        }

        assertThat(purged).isPositive();
        assertThat(feed.poll(before, 10).changes()).containsExactly(Change.EVERYTHING);
        assertThat(feed.poll(behind, 10).changes()).as("who had come that far").isEmpty();
    }

    @Test
    void purge_byAnyoneElse_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        for (Session session :
                List.of(scene.as(alice), scene.service(ServiceRole.FEED), scene.service(ServiceRole.WORKER, alice))) {
            assertFails(ErrorCode.ACCESS_DENIED, () -> session.changes().purge(Duration.ofDays(1), 1));
        }
        for (Duration refused : List.of(Duration.ofMillis(-1), Duration.ofDays(366))) {
            assertFails(
                    ErrorCode.INVALID_INPUT,
                    () -> scene.service(ServiceRole.WORKER).changes().purge(refused, 1));
        }
    }

    @Test
    void subscribe_always_tellsWhatIsCommitted(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        BlockingQueue<ChangeBatch> told = new LinkedBlockingQueue<>();

        try (Subscription subscription = scene.as(alice).changes().subscribe(Position.START, told::add)) {
            assertThat(next(told).changes()).containsExactly(Change.EVERYTHING);
            SearchId search = scene.search(alice).id();
            assertThat(next(told).changes()).containsExactly(change(ChangeKind.SEARCHES, alice, search));
            assertThat(subscription.failure()).isEmpty();
        }
        scene.search(alice);
        assertThat(told).as("after closing").isEmpty();
    }

    @Test
    void subscribe_withAListenerThatThrows_tellsTheSameAgain(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        ChangeFeed feed = scene.as(alice).changes();
        Position before = present(feed);
        SearchId search = scene.search(alice).id();
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch failed = new CountDownLatch(2);
        CountDownLatch seen = new CountDownLatch(1);
        BlockingQueue<ChangeBatch> dealtWith = new LinkedBlockingQueue<>();

        try (Subscription subscription = feed.subscribe(before, batch -> {
            failed.countDown();
            int call = calls.incrementAndGet();
            if (call == 1) {
                throw new AssertionError("not now");
            }
            if (call == 2) {
                throw new IllegalStateException("not now");
            }
            assertThat(seen.await(30, TimeUnit.SECONDS)).isTrue();
            dealtWith.add(batch);
        })) {
            assertThat(failed.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(subscription.position()).isEqualTo(before);
            assertThat(subscription.failure()).map(Throwable::getMessage).contains("not now");
            seen.countDown();

            assertThat(next(dealtWith).changes()).containsExactly(change(ChangeKind.SEARCHES, alice, search));
        }
    }

    @Test
    void subscribe_underAName_goesOnWhereItHadAcknowledged(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        ChangeFeed feed = scene.service(ServiceRole.FEED).changes();
        ConsumerName name = freshName();
        feed.acknowledge(name, present(feed));
        SearchId first = scene.search(alice).id();
        BlockingQueue<ChangeBatch> told = new LinkedBlockingQueue<>();

        try (Subscription subscription = feed.subscribe(name, told::add)) {
            assertThat(subscription.failure()).isEmpty();
            assertThat(nextOf(told, alice)).isEqualTo(change(ChangeKind.SEARCHES, alice, first));
        }
        SearchId second = scene.search(alice).id();
        told.clear();
        try (Subscription subscription = feed.subscribe(name, told::add)) {
            assertThat(subscription.failure()).isEmpty();
            assertThat(nextOf(told, alice)).isEqualTo(change(ChangeKind.SEARCHES, alice, second));
        }
    }

    @Test
    void subscribe_underANameWithAListenerThatThrows_acknowledgesNothing(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        ChangeFeed feed = scene.service(ServiceRole.FEED).changes();
        ConsumerName name = freshName();
        Position before = present(feed);
        feed.acknowledge(name, before);
        SearchId search = scene.search(alice).id();
        CountDownLatch failedTwice = new CountDownLatch(2);

        try (Subscription subscription = feed.subscribe(name, batch -> {
            failedTwice.countDown();
            throw new IllegalStateException("not now");
        })) {
            assertThat(failedTwice.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(subscription.position()).isEqualTo(before);
        }

        assertThat(feed.acknowledged(name)).isEqualTo(before);
        BlockingQueue<ChangeBatch> told = new LinkedBlockingQueue<>();
        try (Subscription subscription = feed.subscribe(name, told::add)) {
            assertThat(nextOf(told, alice)).isEqualTo(change(ChangeKind.SEARCHES, alice, search));
            assertThat(subscription.failure()).isEmpty();
        }
    }

    /** Where the feed is now. */
    private static Position present(ChangeFeed feed) {
        return feed.poll(Position.START, 1).next();
    }

    private static List<Change> readAll(ChangeFeed feed, Position from, int max) {
        List<Change> all = new ArrayList<>();
        ChangeBatch batch = feed.poll(from, max);
        while (!batch.changes().isEmpty()) {
            assertThat(batch.changes()).hasSizeLessThanOrEqualTo(max);
            all.addAll(batch.changes());
            batch = feed.poll(batch.next(), max);
        }
        return all;
    }

    private static ChangeBatch next(BlockingQueue<ChangeBatch> told) throws InterruptedException {
        ChangeBatch batch = told.poll(30, TimeUnit.SECONDS);
        assertThat(batch).as("a batch within 30 seconds").isNotNull();
        return batch;
    }

    /** The next change of that user. */
    private static Change nextOf(BlockingQueue<ChangeBatch> told, UserId user) throws InterruptedException {
        while (true) {
            Optional<Change> change = next(told).changes().stream()
                    .filter(one -> one.user().equals(Optional.of(user)))
                    .findFirst();
            if (change.isPresent()) {
                return change.get();
            }
        }
    }

    private static Change change(ChangeKind kind, UserId user) {
        return new Change(Optional.of(kind), Optional.of(user), Set.of());
    }

    private static Change change(ChangeKind kind, UserId user, SearchId search) {
        return new Change(Optional.of(kind), Optional.of(user), Set.of(search.value()));
    }

    private static ConsumerName freshName() {
        return new ConsumerName("test-" + UUID.randomUUID());
    }
}

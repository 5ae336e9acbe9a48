package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.awaitAny;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static ai.snagr.data.testkit.contract.Scene.secondPage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.notification.NewNotification;
import ai.snagr.data.notification.Notification;
import ai.snagr.data.notification.NotificationId;
import ai.snagr.data.notification.NotificationLease;
import ai.snagr.data.notification.NotificationRepository;
import ai.snagr.data.notification.NotificationStatus;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Notifications: written together, each sent by exactly one sender, given up after the last try. */
@SnagrDataTest
public abstract class NotificationRepositoryContract {
    private static final Duration LEASE = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Comparator<Notification> NEWEST_FIRST = Comparator.comparing(Notification::createdAt)
            .thenComparing(Notification::id)
            .reversed();

    @Test
    void createAll_ofSeveralUsers_returnsThemInTheOrderGiven(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        SearchId ofAlice = scene.search(alice).id();
        SearchId ofBob = scene.search(bob).id();
        List<NewNotification> given = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            given.add(new NewNotification(alice, ofAlice, Channel.EMAIL, "Alice {\"" + i + "\"}, \\ 🎮\n"));
            given.add(new NewNotification(bob, ofBob, Channel.SMS, "Bob " + i));
        }

        List<Notification> stored =
                scene.service(ServiceRole.NOTIFIER).notifications().createAll(given);

        assertThat(stored)
                .extracting(made -> new NewNotification(made.userId(), made.searchId(), made.channel(), made.content()))
                .isEqualTo(given);
        assertThat(stored).extracting(Notification::status).containsOnly(NotificationStatus.PENDING);
        assertThat(stored).extracting(Notification::sentAt).containsOnlyNulls();
        assertThat(stored).extracting(Notification::id).doesNotHaveDuplicates();
        for (Notification made : stored) {
            assertThat(scene.as(made.userId()).notifications().find(made.id())).contains(made);
        }
    }

    @Test
    void createAll_none_isEmpty(SnagrData data) {
        assertThat(new Scene(data).service(ServiceRole.NOTIFIER).notifications().createAll(List.of()))
                .isEmpty();
    }

    @Test
    void createAll_asManyAsAllowed_storesAll(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SearchId search = scene.search(alice).id();
        List<NewNotification> most = IntStream.range(0, 10_000)
                .mapToObj(i -> new NewNotification(alice, search, Channel.EMAIL, "Found " + i))
                .toList();

        assertThat(notifier(scene, alice).createAll(most)).hasSize(10_000);

        assertThat(readAll(200, scene.as(alice).notifications()::list)).hasSize(10_000);
        List<NewNotification> tooMany = new ArrayList<>(most);
        tooMany.add(most.get(0));
        assertFails(ErrorCode.INVALID_INPUT, () -> notifier(scene, alice).createAll(tooMany));
        assertThat(readAll(200, scene.as(alice).notifications()::list)).hasSize(10_000);
    }

    @Test
    void createAll_searchThatItsUserDoesNotHave_storesNone(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        NewNotification fit = email(alice, scene.search(alice).id());
        NotificationRepository notifier = scene.service(ServiceRole.NOTIFIER).notifications();

        assertFails(ErrorCode.NOT_FOUND, () -> notifier.createAll(List.of(fit, email(bob, fit.searchId()))));
        assertFails(
                ErrorCode.NOT_FOUND,
                () -> notifier.createAll(List.of(fit, email(alice, new SearchId(UUID.randomUUID())))));

        assertThat(scene.as(alice).notifications().list(Page.first(10))).isEmpty();
        assertThat(scene.as(bob).notifications().list(Page.first(10))).isEmpty();
    }

    @Test
    void createAll_onBehalfOfAnotherUser_storesNone(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        List<NewNotification> both = List.of(
                email(alice, scene.search(alice).id()),
                email(bob, scene.search(bob).id()));

        assertFails(ErrorCode.NOT_FOUND, () -> notifier(scene, alice).createAll(both));

        assertThat(scene.as(alice).notifications().list(Page.first(10))).isEmpty();
    }

    @Test
    void createAll_rolledBack_leavesNothing(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        List<NewNotification> one = List.of(email(alice, scene.search(alice).id()));

        assertThatThrownBy(() -> scene.service(ServiceRole.NOTIFIER).inTransaction(session -> {
                    session.notifications().createAll(one);
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        assertThat(scene.as(alice).notifications().list(Page.first(10))).isEmpty();
    }

    @Test
    void createAll_claim_acknowledge_retry_byAnotherActor_areDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Notification waiting = created(scene, alice, 1).get(0);
        List<NewNotification> one = List.of(email(alice, waiting.searchId()));
        NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);

        for (NotificationRepository others : List.of(
                scene.as(alice).notifications(),
                scene.service(ServiceRole.MATCHER, alice).notifications(),
                scene.admin().notifications())) {
            assertFails(ErrorCode.ACCESS_DENIED, () -> others.createAll(one));
            assertFails(ErrorCode.ACCESS_DENIED, () -> others.claim(LEASE, 1));
            assertFails(ErrorCode.ACCESS_DENIED, () -> others.acknowledge(lease));
            assertFails(ErrorCode.ACCESS_DENIED, () -> others.retry(lease, Duration.ZERO));
        }
        assertThat(scene.as(alice).notifications().list(Page.first(10))).containsExactly(waiting);
    }

    @Test
    void find_absentOrForeign_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        Notification ofAlice = created(scene, alice, 1).get(0);

        assertThat(scene.as(bob).notifications().find(ofAlice.id())).isEmpty();
        assertThat(scene.as(alice).notifications().find(new NotificationId(UUID.randomUUID())))
                .isEmpty();
        assertThat(notifier(scene, alice).find(ofAlice.id())).contains(ofAlice);
        assertThat(notifier(scene, bob).find(ofAlice.id())).isEmpty();
    }

    @Test
    void find_list_withoutAUser_areRefused(SnagrData data) {
        NotificationRepository notifier =
                new Scene(data).service(ServiceRole.NOTIFIER).notifications();

        assertFails(ErrorCode.USER_REQUIRED, () -> notifier.find(new NotificationId(UUID.randomUUID())));
        assertFails(ErrorCode.USER_REQUIRED, () -> notifier.list(Page.first(1)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void list_tiesInTheSortKey_pagesThroughEachRowOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(created(scene, scene.user(), 1)).hasSize(1);
        List<Notification> made = new ArrayList<>(created(scene, alice, 5));
        made.addAll(created(scene, alice, 1));
        made.sort(NEWEST_FIRST);

        assertThat(readAll(pageSize, scene.as(alice).notifications()::list)).isEqualTo(made);
        assertThat(readAll(pageSize, notifier(scene, alice)::list)).isEqualTo(made);
    }

    @Test
    void list_cursorFromElsewhere_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        assertThat(created(scene, alice, 2)).hasSize(2);
        assertThat(created(scene, alice, 1)).hasSize(1);
        Cursor cursor = secondPage(scene.as(alice).notifications()::list);
        Cursor ofSearches = secondPage(scene.as(alice).searches()::list);

        assertFails(
                ErrorCode.INVALID_CURSOR, () -> scene.as(bob).notifications().list(Page.after(cursor, 1)));
        assertFails(
                ErrorCode.INVALID_CURSOR, () -> scene.as(alice).notifications().list(Page.after(ofSearches, 1)));
        assertThat(scene.as(alice).notifications().list(Page.after(cursor, 1)).items())
                .hasSize(1);
    }

    @Test
    void claim_waiting_leasesItOnce(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Notification waiting = created(scene, alice, 1).get(0);

        List<NotificationLease> leases = notifier(scene, alice).claim(LEASE, 10);

        assertThat(leases).hasSize(1);
        NotificationLease lease = leases.get(0);
        assertThat(lease.notification()).isEqualTo(waiting);
        assertThat(lease.attempt()).isEqualTo(1);
        assertThat(lease.expiresAt()).isAfter(waiting.createdAt().plus(LEASE));
        assertThat(notifier(scene, alice).claim(LEASE, 10)).isEmpty();
    }

    @Test
    void claim_moreThanTheLimit_takesTheLongestWaitingInOrder(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        List<NotificationId> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(created(scene, alice, 1).get(0).id());
        }

        assertThat(ids(notifier(scene, alice).claim(LEASE, 2))).isEqualTo(waiting.subList(0, 2));
        assertThat(ids(notifier(scene, alice).claim(LEASE, 2))).isEqualTo(waiting.subList(2, 3));
    }

    @Test
    void claim_forAllUsers_takesEverybodys(SnagrData data) {
        Scene scene = new Scene(data);
        NotificationId ofAlice = created(scene, scene.user(), 1).get(0).id();
        NotificationId ofBob = created(scene, scene.user(), 1).get(0).id();

        List<NotificationId> claimed = new ArrayList<>();
        List<NotificationLease> leases;
        do {
            leases = scene.service(ServiceRole.NOTIFIER).notifications().claim(LEASE, 1_000);
            claimed.addAll(ids(leases));
        } while (!leases.isEmpty());

        assertThat(claimed).contains(ofAlice, ofBob);
    }

    @Test
    void claim_onBehalfOfOneUser_leavesTheOthers(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        NotificationId ofAlice = created(scene, alice, 1).get(0).id();
        NotificationId ofBob = created(scene, bob, 1).get(0).id();

        assertThat(ids(notifier(scene, bob).claim(LEASE, 10))).containsExactly(ofBob);
        assertThat(ids(notifier(scene, alice).claim(LEASE, 10))).containsExactly(ofAlice);
    }

    @RepeatedTest(3)
    void claim_byManyThreads_givesEachToExactlyOne(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        List<NotificationId> waiting =
                created(scene, alice, 60).stream().map(Notification::id).toList();

        List<List<NotificationId>> claimed = Race.run(4, i -> {
            List<NotificationId> mine = new ArrayList<>();
            List<NotificationLease> leases;
            do {
                leases = notifier(scene, alice).claim(LEASE, 4);
                mine.addAll(ids(leases));
            } while (!leases.isEmpty());
            return mine;
        });

        assertThat(claimed.stream().flatMap(List::stream).toList()).containsExactlyInAnyOrderElementsOf(waiting);
    }

    @Test
    void claim_silentSender_givesItToTheNextAndRefusesTheFirst(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Notification waiting = created(scene, alice, 1).get(0);
        NotificationLease silent = notifier(scene, alice).claim(SHORT, 1).get(0);

        NotificationLease next =
                awaitAny(() -> notifier(scene, alice).claim(LEASE, 1)).get(0);

        assertThat(next.notification()).isEqualTo(waiting);
        assertThat(next.token()).isNotEqualTo(silent.token());
        assertThat(next.attempt()).isEqualTo(2);
        assertLost(scene, silent);
        assertThat(notifier(scene, alice).acknowledge(next).status()).isEqualTo(NotificationStatus.SENT);
    }

    @Test
    void claim_lastTryFellSilent_isGivenUpAndTheOneBehindIsLeased(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        NotificationId last = created(scene, alice, 1).get(0).id();
        for (int attempt = 1; attempt < NotificationRepository.MAX_ATTEMPTS; attempt++) {
            NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);
            notifier(scene, alice).retry(lease, Duration.ZERO);
        }
        NotificationLease silent = notifier(scene, alice).claim(SHORT, 1).get(0);
        assertThat(silent.attempt()).isEqualTo(NotificationRepository.MAX_ATTEMPTS);
        NotificationId behind = created(scene, alice, 1).get(0).id();
        NotificationLease pushed = notifier(scene, alice).claim(SHORT, 1).get(0);
        assertThat(pushed.notification().id()).isEqualTo(behind);

        List<NotificationLease> leases = awaitAny(() -> notifier(scene, alice).claim(LEASE, 1));

        assertThat(ids(leases)).containsExactly(behind);
        assertThat(scene.as(alice).notifications().find(last))
                .hasValueSatisfying(givenUp -> assertThat(givenUp.status()).isEqualTo(NotificationStatus.FAILED));
        assertLost(scene, silent);
    }

    @Test
    void claim_rolledBack_leavesItWaiting(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Notification waiting = created(scene, alice, 1).get(0);

        assertThatThrownBy(() -> scene.service(ServiceRole.NOTIFIER, alice).inTransaction(session -> {
                    assertThat(session.notifications().claim(LEASE, 1)).hasSize(1);
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);
        assertThat(lease.notification()).isEqualTo(waiting);
        assertThat(lease.attempt()).isEqualTo(1);
    }

    @Test
    void claim_limitOrLeaseOutOfRange_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        NotificationRepository notifier = notifier(scene, scene.user());

        for (int limit : List.of(-1, 0, 1_001)) {
            assertFails(ErrorCode.INVALID_INPUT, () -> notifier.claim(LEASE, limit));
        }
        for (Duration lease : List.of(
                Duration.ZERO,
                Duration.ofSeconds(-1),
                Duration.ofMillis(999),
                Duration.ofHours(24).plusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE))) {
            assertFails(ErrorCode.INVALID_INPUT, () -> notifier.claim(lease, 1));
        }
        assertThat(notifier.claim(Duration.ofSeconds(1), 1)).isEmpty();
        assertThat(notifier.claim(Duration.ofHours(24), 1_000)).isEmpty();
    }

    @Test
    void acknowledge_standingLease_isSent(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Notification waiting = created(scene, alice, 1).get(0);
        NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);

        Notification sent = notifier(scene, alice).acknowledge(lease);

        assertThat(sent.id()).isEqualTo(waiting.id());
        assertThat(sent.status()).isEqualTo(NotificationStatus.SENT);
        assertThat(sent.sentAt()).isNotNull().isAfterOrEqualTo(waiting.createdAt());
        assertThat(scene.as(alice).notifications().find(waiting.id())).contains(sent);
        assertLost(scene, lease);
        assertThat(notifier(scene, alice).claim(LEASE, 10)).isEmpty();
    }

    @Test
    void acknowledge_byManyThreads_endsItOnce(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(created(scene, alice, 1)).hasSize(1);
        NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);

        List<ErrorCode> codes = Race.run(4, i -> {
            try {
                notifier(scene, alice).acknowledge(lease);
                return ErrorCode.INTERNAL;
            } catch (SnagrDataException lost) {
                return lost.code();
            }
        });

        assertThat(codes).containsOnly(ErrorCode.INTERNAL, ErrorCode.LEASE_LOST);
        assertThat(codes).containsOnlyOnce(ErrorCode.INTERNAL);
    }

    @Test
    void acknowledge_retry_foreignTokenOrUser_areLost(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        assertThat(created(scene, alice, 1)).hasSize(1);
        NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);
        NotificationLease forged =
                new NotificationLease(lease.notification(), UUID.randomUUID(), lease.attempt(), lease.expiresAt());

        assertLost(scene, forged);
        assertFails(ErrorCode.LEASE_LOST, () -> notifier(scene, bob).acknowledge(lease));
        assertFails(ErrorCode.LEASE_LOST, () -> notifier(scene, bob).retry(lease, Duration.ZERO));

        assertThat(notifier(scene, alice).acknowledge(lease).status()).isEqualTo(NotificationStatus.SENT);
    }

    @Test
    void retry_beforeTheLastTry_waitsAgain(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Notification waiting = created(scene, alice, 1).get(0);
        NotificationLease first = notifier(scene, alice).claim(LEASE, 1).get(0);

        assertThat(notifier(scene, alice).retry(first, Duration.ZERO)).isEqualTo(waiting);

        assertLost(scene, first);
        NotificationLease second = notifier(scene, alice).claim(LEASE, 1).get(0);
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.notification()).isEqualTo(waiting);
    }

    @Test
    void retry_withPause_isNotClaimedBefore(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(created(scene, alice, 1)).hasSize(1);
        NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);

        notifier(scene, alice).retry(lease, Duration.ofDays(7));

        assertThat(notifier(scene, alice).claim(LEASE, 10)).isEmpty();
    }

    @Test
    void retry_lastTry_isGivenUp(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Notification waiting = created(scene, alice, 1).get(0);

        Notification after = waiting;
        for (int attempt = 1; attempt <= NotificationRepository.MAX_ATTEMPTS; attempt++) {
            assertThat(after.status()).isEqualTo(NotificationStatus.PENDING);
            NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);
            assertThat(lease.attempt()).isEqualTo(attempt);
            after = notifier(scene, alice).retry(lease, Duration.ZERO);
        }

        assertThat(after.status()).isEqualTo(NotificationStatus.FAILED);
        assertThat(scene.as(alice).notifications().find(waiting.id())).contains(after);
        assertThat(notifier(scene, alice).claim(LEASE, 10)).isEmpty();
    }

    @Test
    void retry_pauseOutOfRange_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(created(scene, alice, 1)).hasSize(1);
        NotificationLease lease = notifier(scene, alice).claim(LEASE, 1).get(0);

        for (Duration pause :
                List.of(Duration.ofNanos(-1), Duration.ofDays(7).plusNanos(1), Duration.ofSeconds(Long.MAX_VALUE))) {
            assertFails(ErrorCode.INVALID_INPUT, () -> notifier(scene, alice).retry(lease, pause));
        }
        assertThat(notifier(scene, alice).acknowledge(lease).status()).isEqualTo(NotificationStatus.SENT);
    }

    /** So many notifications of the user with the same time of creation. */
    private static List<Notification> created(Scene scene, UserId user, int count) {
        SearchId search = scene.search(user).id();
        return scene.service(ServiceRole.NOTIFIER)
                .notifications()
                .createAll(IntStream.range(0, count)
                        .mapToObj(i -> new NewNotification(user, search, Channel.EMAIL, "Found " + i))
                        .toList());
    }

    private static NewNotification email(UserId user, SearchId search) {
        return new NewNotification(user, search, Channel.EMAIL, "Found one");
    }

    private static NotificationRepository notifier(Scene scene, UserId user) {
        return scene.service(ServiceRole.NOTIFIER, user).notifications();
    }

    private static List<NotificationId> ids(List<NotificationLease> leases) {
        return leases.stream().map(lease -> lease.notification().id()).toList();
    }

    private static void assertLost(Scene scene, NotificationLease lease) {
        NotificationRepository notifier = scene.service(ServiceRole.NOTIFIER).notifications();
        assertFails(ErrorCode.LEASE_LOST, () -> notifier.acknowledge(lease));
        assertFails(ErrorCode.LEASE_LOST, () -> notifier.retry(lease, Duration.ZERO));
    }
}

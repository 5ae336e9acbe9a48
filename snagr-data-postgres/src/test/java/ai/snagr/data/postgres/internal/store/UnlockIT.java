package ai.snagr.data.postgres.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.NewPayment;
import ai.snagr.data.payment.Payment;
import ai.snagr.data.payment.PaymentStatus;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.StripeEvents;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.unlock.UnlockedListing;
import ai.snagr.data.user.UserId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unlocks that meet on the rows they lock, and unlocks inside a transaction that goes on after a refusal. */
@SnagrDataTest
final class UnlockIT {
    private static final StripeEvents STRIPE = StripeEvents.create();

    private ExecutorService other;

    @BeforeEach
    void start() {
        other = Executors.newSingleThreadExecutor();
    }

    @AfterEach
    void stop() throws InterruptedException {
        other.shutdownNow();
        assertThat(other.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void unlock_samePaymentNotCommittedYet_waitsAndReturnsTheSame(
            boolean pendingBefore, SnagrData data, Samples samples, TestDatabase database) throws Exception {
        UserId alice = samples.registeredUser(data).id();
        MatchId match = match(data, samples, alice);
        VerifiedPayment paid = samples.verifiedPayment(alice, match);
        if (pendingBefore) {
            assertThat(as(data, alice).payments().create(new NewPayment(match, paid.stripeId(), paid.amount())))
                    .isNotNull();
        }

        Meeting<Unlock, Unlock> meeting = meet(
                database,
                as(data, alice),
                session -> session.unlocks().unlock(match, paid),
                () -> as(data, alice).unlocks().unlock(match, paid));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS)).isEqualTo(meeting.first);
        assertThat(as(data, alice).payments().list(Page.first(10)).items()).hasSize(1);
    }

    @Test
    void unlock_samePaymentRolledBack_takesItsPlace(SnagrData data, Samples samples, TestDatabase database)
            throws Exception {
        UserId alice = samples.registeredUser(data).id();
        MatchId match = match(data, samples, alice);
        VerifiedPayment paid = samples.verifiedPayment(alice, match);

        List<Future<Unlock>> second = new ArrayList<>();
        assertThatThrownBy(() -> as(data, alice).inTransaction(session -> {
                    session.unlocks().unlock(match, paid);
                    second.add(whileItWaits(
                            database, () -> as(data, alice).unlocks().unlock(match, paid)));
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        Unlock unlock = second.get(0).get(30, TimeUnit.SECONDS);
        assertThat(as(data, alice).unlocks().find(match)).contains(unlock);
        assertThat(as(data, alice).payments().list(Page.first(10)).items()).hasSize(1);
    }

    @Test
    void unlock_anotherPaymentNotCommittedYet_waitsAndIsRefused(SnagrData data, Samples samples, TestDatabase database)
            throws Exception {
        UserId alice = samples.registeredUser(data).id();
        MatchId match = match(data, samples, alice);
        VerifiedPayment first = samples.verifiedPayment(alice, match);
        VerifiedPayment second = samples.verifiedPayment(alice, match);

        Meeting<Unlock, ErrorCode> meeting = meet(
                database,
                as(data, alice),
                session -> session.unlocks().unlock(match, first),
                () -> refusal(() -> as(data, alice).unlocks().unlock(match, second)));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS)).isEqualTo(ErrorCode.ALREADY_UNLOCKED);
        assertThat(as(data, alice).unlocks().find(match)).contains(meeting.first);
        assertThat(as(data, alice).payments().findByStripeId(second.stripeId())).isEmpty();
    }

    @Test
    void unlock_stripeIdNotCommittedYet_waitsAndIsMismatch(SnagrData data, Samples samples, TestDatabase database)
            throws Exception {
        UserId alice = samples.registeredUser(data).id();
        UserId bob = samples.registeredUser(data).id();
        MatchId one = match(data, samples, alice);
        MatchId two = match(data, samples, alice);
        MatchId three = match(data, samples, bob);
        VerifiedPayment paid = samples.verifiedPayment(alice, one);
        VerifiedPayment ofBob = STRIPE.payment(paid.stripeId(), paid.amount(), bob, three);
        VerifiedPayment forTwo = STRIPE.payment(paid.stripeId(), paid.amount(), alice, two);

        Meeting<Unlock, ErrorCode> meeting = meet(
                database,
                as(data, alice),
                session -> session.unlocks().unlock(one, paid),
                () -> refusal(() -> as(data, bob).unlocks().unlock(three, ofBob)));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS)).isEqualTo(ErrorCode.PAYMENT_MISMATCH);
        assertThat(refusal(() -> as(data, alice).unlocks().unlock(two, forTwo))).isEqualTo(ErrorCode.PAYMENT_MISMATCH);
        assertThat(as(data, alice).unlocks().list(Page.first(10)).items())
                .extracting(UnlockedListing::unlock)
                .containsExactly(meeting.first);
        assertThat(as(data, bob).unlocks().list(Page.first(10))).isEmpty();
    }

    @Test
    void unlock_paymentBegunNotCommittedYet_waitsAndCompletesIt(SnagrData data, Samples samples, TestDatabase database)
            throws Exception {
        UserId alice = samples.registeredUser(data).id();
        MatchId match = match(data, samples, alice);
        VerifiedPayment paid = samples.verifiedPayment(alice, match);

        Meeting<Payment, Unlock> meeting = meet(
                database,
                as(data, alice),
                session -> session.payments().create(new NewPayment(match, paid.stripeId(), paid.amount())),
                () -> as(data, alice).unlocks().unlock(match, paid));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS).paymentId()).isEqualTo(meeting.first.id());
        assertThat(as(data, alice).payments().get(meeting.first.id()).status()).isEqualTo(PaymentStatus.COMPLETED);
    }

    @Test
    void unlock_renewedByAnotherPaymentNotCommittedYet_waitsAndIsRefused(
            SnagrData data, Samples samples, TestDatabase database) throws Exception {
        UserId alice = samples.registeredUser(data).id();
        Unlock closed = samples.unlockedMatch(data, alice);
        MatchId match = closed.matchId();
        payments(data, alice).payments().beginRefund(stripeId(data, closed));
        VerifiedPayment second = samples.verifiedPayment(alice, match);
        VerifiedPayment third = samples.verifiedPayment(alice, match);

        Meeting<Unlock, ErrorCode> meeting = meet(
                database,
                as(data, alice),
                session -> session.unlocks().unlock(match, second),
                () -> refusal(() -> as(data, alice).unlocks().unlock(match, third)));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS)).isEqualTo(ErrorCode.ALREADY_UNLOCKED);
        assertThat(as(data, alice).unlocks().find(match)).contains(meeting.first);
        assertThat(as(data, alice).payments().findByStripeId(third.stripeId())).isEmpty();
    }

    @Test
    void unlock_renewedBySamePaymentNotCommittedYet_waitsAndReturnsTheSame(
            SnagrData data, Samples samples, TestDatabase database) throws Exception {
        UserId alice = samples.registeredUser(data).id();
        Unlock closed = samples.unlockedMatch(data, alice);
        MatchId match = closed.matchId();
        payments(data, alice).payments().beginRefund(stripeId(data, closed));
        VerifiedPayment second = samples.verifiedPayment(alice, match);

        Meeting<Unlock, Unlock> meeting = meet(
                database,
                as(data, alice),
                session -> session.unlocks().unlock(match, second),
                () -> as(data, alice).unlocks().unlock(match, second));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS)).isEqualTo(meeting.first);
    }

    @Test
    void unlock_refundNotCommittedYet_waitsAndTakesTheNewPayment(SnagrData data, Samples samples, TestDatabase database)
            throws Exception {
        UserId alice = samples.registeredUser(data).id();
        Unlock closed = samples.unlockedMatch(data, alice);
        StripePaymentId stripeId = stripeId(data, closed);
        VerifiedPayment second = samples.verifiedPayment(alice, closed.matchId());

        Meeting<Payment, Unlock> meeting = meet(
                database,
                payments(data, alice),
                session -> session.payments().beginRefund(stripeId),
                () -> as(data, alice).unlocks().unlock(closed.matchId(), second));

        Unlock renewed = meeting.second.get(30, TimeUnit.SECONDS);
        assertThat(renewed.paymentId()).isNotEqualTo(closed.paymentId());
        assertThat(as(data, alice).unlocks().find(closed.matchId())).contains(renewed);
    }

    @Test
    void unlock_refundOfThePaymentNotCommittedYet_waitsAndIsRefused(
            SnagrData data, Samples samples, TestDatabase database) throws Exception {
        UserId alice = samples.registeredUser(data).id();
        MatchId match = match(data, samples, alice);
        VerifiedPayment paid = samples.verifiedPayment(alice, match);
        as(data, alice).unlocks().unlock(match, paid);

        Meeting<Payment, ErrorCode> meeting = meet(
                database,
                payments(data, alice),
                session -> session.payments().beginRefund(paid.stripeId()),
                () -> refusal(() -> as(data, alice).unlocks().unlock(match, paid)));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS)).isEqualTo(ErrorCode.WRONG_STATE);
        assertThat(as(data, alice).unlocks().find(match)).isEmpty();
    }

    @Test
    void unlock_failureOfThePaymentNotCommittedYet_waitsAndIsRefused(
            SnagrData data, Samples samples, TestDatabase database) throws Exception {
        UserId alice = samples.registeredUser(data).id();
        MatchId match = match(data, samples, alice);
        VerifiedPayment paid = samples.verifiedPayment(alice, match);
        Payment begun = as(data, alice).payments().create(new NewPayment(match, paid.stripeId(), paid.amount()));

        Meeting<Payment, ErrorCode> meeting = meet(
                database,
                payments(data, alice),
                session -> session.payments().fail(paid.stripeId()),
                () -> refusal(() -> as(data, alice).unlocks().unlock(match, paid)));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS)).isEqualTo(ErrorCode.WRONG_STATE);
        assertThat(as(data, alice).payments().get(begun.id())).isEqualTo(meeting.first);
        assertThat(as(data, alice).unlocks().find(match)).isEmpty();
    }

    @Test
    void beginRefund_unlockNotCommittedYet_isTooEarly(SnagrData data, Samples samples) throws Exception {
        UserId alice = samples.registeredUser(data).id();
        MatchId match = match(data, samples, alice);
        VerifiedPayment paid = samples.verifiedPayment(alice, match);
        Payment begun = as(data, alice).payments().create(new NewPayment(match, paid.stripeId(), paid.amount()));

        Unlock unlock = as(data, alice).inTransaction(session -> {
            Unlock made = session.unlocks().unlock(match, paid);
            // The payment that others see is still pending.
            Future<ErrorCode> refund = other.submit(
                    () -> refusal(() -> payments(data, alice).payments().beginRefund(paid.stripeId())));
            assertThat(refund.get(30, TimeUnit.SECONDS)).isEqualTo(ErrorCode.WRONG_STATE);
            return made;
        });

        assertThat(as(data, alice).unlocks().find(match)).contains(unlock);
        payments(data, alice).payments().beginRefund(paid.stripeId());
        assertThat(as(data, alice).unlocks().find(match)).isEmpty();
        assertThat(as(data, alice).payments().get(begun.id()).status()).isEqualTo(PaymentStatus.REFUND_PENDING);
    }

    @Test
    void create_samePaymentNotCommittedYet_waitsAndReturnsIt(SnagrData data, Samples samples, TestDatabase database)
            throws Exception {
        UserId alice = samples.registeredUser(data).id();
        NewPayment payment = samples.newPayment(match(data, samples, alice));

        Meeting<Payment, Payment> meeting = meet(
                database,
                as(data, alice),
                session -> session.payments().create(payment),
                () -> as(data, alice).payments().create(payment));

        assertThat(meeting.second.get(30, TimeUnit.SECONDS)).isEqualTo(meeting.first);
    }

    @Test
    void unlock_refusedInATransaction_leavesTheTransactionUsable(SnagrData data, Samples samples) {
        UserId alice = samples.registeredUser(data).id();
        UserId bob = samples.registeredUser(data).id();
        MatchId open = samples.unlockedMatch(data, alice).matchId();
        MatchId locked = match(data, samples, alice);
        VerifiedPayment ofBob =
                STRIPE.payment(stripeId(data, samples.unlockedMatch(data, bob)), Money.of(499, "USD"), alice, locked);
        VerifiedPayment paid = samples.verifiedPayment(alice, locked);

        Unlock unlock = as(data, alice).inTransaction(session -> {
            assertThat(refusal(() -> session.unlocks().unlock(locked, ofBob))).isEqualTo(ErrorCode.PAYMENT_MISMATCH);
            assertThat(refusal(() -> session.unlocks().unlock(open, samples.verifiedPayment(alice, open))))
                    .isEqualTo(ErrorCode.ALREADY_UNLOCKED);
            Unlock made = session.unlocks().unlock(locked, paid);
            assertThat(refusal(() -> session.unlocks()
                            .unlock(locked, STRIPE.payment(paid.stripeId(), Money.of(1, "USD"), alice, locked))))
                    .isEqualTo(ErrorCode.PAYMENT_MISMATCH);
            return made;
        });

        assertThat(as(data, alice).unlocks().find(locked)).contains(unlock);
    }

    @Test
    void unlock_match_freezesIt(SnagrData data, Samples samples, TestDatabase database) throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Unlock unlock = samples.unlockedMatch(data, alice);
        MatchId locked = match(data, samples, alice);

        assertThat(isFrozen(database, alice, unlock.matchId())).isTrue();
        assertThat(isFrozen(database, alice, locked)).isFalse();
    }

    /** Does the first in a transaction, which ends as soon as the second waits for a lock of it. */
    private <A, B> Meeting<A, B> meet(
            TestDatabase database, Session session, Function<Session, A> first, Callable<B> second) {
        return session.inTransaction(inside -> {
            A result = first.apply(inside);
            return new Meeting<>(result, whileItWaits(database, second));
        });
    }

    /** What is running now, and waits for a lock. */
    private <B> Future<B> whileItWaits(TestDatabase database, Callable<B> call) {
        Future<B> waiting = other.submit(call);
        awaitLock(database);
        return waiting;
    }

    private static void awaitLock(TestDatabase database) {
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement()) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (System.nanoTime() < deadline) {
                try (ResultSet row = statement.executeQuery("""
                        select count(*)
                        from pg_stat_activity
                        where datname = current_database() and wait_event_type = 'Lock'""")) {
                    if (row.next() && row.getInt(1) > 0) {
                        return;
                    }
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("nobody waits for a lock");
    }

    private static boolean isFrozen(TestDatabase database, UserId user, MatchId match) throws SQLException {
        try (Connection connection = database.adminConnection();
                PreparedStatement query =
                        connection.prepareStatement("select frozen from snagr.matches where user_id = ? and id = ?")) {
            query.setObject(1, user.value());
            query.setObject(2, match.value());
            try (ResultSet row = query.executeQuery()) {
                assertThat(row.next()).isTrue();
                return row.getBoolean(1);
            }
        }
    }

    private static ErrorCode refusal(Callable<?> call) {
        SnagrDataException failure = catchThrowableOfType(SnagrDataException.class, call::call);
        assertThat(failure).as("a refusal").isNotNull();
        return failure.code();
    }

    private static MatchId match(SnagrData data, Samples samples, UserId user) {
        List<Match> matches = samples.matches(data, samples.search(as(data, user)), 1);
        return matches.get(0).id();
    }

    private static StripePaymentId stripeId(SnagrData data, Unlock unlock) {
        return as(data, unlock.userId()).payments().get(unlock.paymentId()).stripeId();
    }

    private static Session payments(SnagrData data, UserId user) {
        return data.as(Actor.service(ServiceRole.PAYMENTS).onBehalfOf(user));
    }

    private static Session as(SnagrData data, UserId user) {
        return data.as(Actor.user(user));
    }

    private record Meeting<A, B>(A first, Future<B> second) {}
}

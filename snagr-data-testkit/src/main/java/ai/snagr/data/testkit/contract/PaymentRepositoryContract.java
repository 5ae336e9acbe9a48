package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static ai.snagr.data.testkit.contract.Scene.secondPage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.NewPayment;
import ai.snagr.data.payment.Payment;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.payment.PaymentRepository;
import ai.snagr.data.payment.PaymentStatus;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.UserId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Payments: begun once per Stripe id, and moved from state to state by the service of the payments. */
@SnagrDataTest
public abstract class PaymentRepositoryContract {
    private static final Money PRICE = Money.of(500, "USD");
    private static final Comparator<Payment> NEWEST_FIRST =
            Comparator.comparing(Payment::createdAt).thenComparing(Payment::id).reversed();

    @Test
    void create_ownMatch_isPending(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        NewPayment payment = payment(scene.match(alice));

        Payment created = scene.as(alice).payments().create(payment);

        assertThat(created.userId()).isEqualTo(alice);
        assertThat(created.matchId()).isEqualTo(payment.matchId());
        assertThat(created.stripeId()).isEqualTo(payment.stripeId());
        assertThat(created.amount()).isEqualTo(PRICE);
        assertThat(created.status()).isEqualTo(PaymentStatus.PENDING);
        assertThat(created.completedAt()).isNull();
        assertThat(scene.as(alice).payments().get(created.id())).isEqualTo(created);
        assertThat(scene.as(alice).payments().findByStripeId(payment.stripeId()))
                .contains(created);
    }

    @Test
    void create_repeated_returnsThePaymentAsItStands(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        NewPayment payment = payment(scene.match(alice));
        Payment pending = scene.as(alice).payments().create(payment);
        assertThat(scene.as(alice).payments().create(payment)).isEqualTo(pending);
        assertThat(payments(scene, alice).create(payment)).isEqualTo(pending);

        Payment failed = payments(scene, alice).fail(payment.stripeId());

        assertThat(scene.as(alice).payments().create(payment)).isEqualTo(failed);
        assertThat(scene.as(alice).payments().list(Page.first(10))).containsExactly(failed);
    }

    @Test
    void create_sameStripeIdByManyThreads_storesOnePayment(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        NewPayment payment = payment(scene.match(alice));

        List<Payment> created = Race.run(6, i -> scene.as(alice).payments().create(payment));

        assertThat(created).containsOnly(created.get(0));
        assertThat(scene.as(alice).payments().list(Page.first(10))).containsExactly(created.get(0));
    }

    @Test
    void create_stripeIdKnownOtherwise_isMismatch(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        NewPayment payment = payment(scene.match(alice));
        Payment created = scene.as(alice).payments().create(payment);
        MatchId otherMatch = scene.match(alice);
        MatchId bobsMatch = scene.match(bob);

        assertMismatch(scene, alice, new NewPayment(payment.matchId(), payment.stripeId(), Money.of(501, "USD")));
        assertMismatch(scene, alice, new NewPayment(payment.matchId(), payment.stripeId(), Money.of(500, "EUR")));
        assertMismatch(scene, alice, new NewPayment(otherMatch, payment.stripeId(), PRICE));
        assertMismatch(scene, bob, new NewPayment(bobsMatch, payment.stripeId(), PRICE));

        assertThat(scene.as(alice).payments().list(Page.first(10))).containsExactly(created);
        assertThat(scene.as(bob).payments().list(Page.first(10))).isEmpty();
    }

    @Test
    void create_absentOrForeignMatch_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        NewPayment ofAlice = payment(scene.match(alice));
        NewPayment ofNobody = payment(new MatchId(UUID.randomUUID()));

        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).payments().create(ofAlice));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).payments().create(ofNobody));

        assertThat(scene.as(bob).payments().list(Page.first(10))).isEmpty();
        assertThat(scene.as(alice).payments().findByStripeId(ofAlice.stripeId()))
                .isEmpty();
    }

    @Test
    void create_rolledBack_leavesNothing(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        NewPayment payment = payment(scene.match(alice));

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    assertThat(session.payments().create(payment).status()).isEqualTo(PaymentStatus.PENDING);
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        assertThat(scene.as(alice).payments().findByStripeId(payment.stripeId()))
                .isEmpty();
        assertThat(scene.as(alice).payments().create(payment).status()).isEqualTo(PaymentStatus.PENDING);
    }

    @Test
    void create_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        NewPayment payment = payment(scene.match(alice));

        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.MATCHER, alice).payments().create(payment));
        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> scene.service(ServiceRole.PAYMENTS).payments().create(payment));
        assertFails(ErrorCode.USER_REQUIRED, () -> scene.admin().payments().create(payment));
    }

    @Test
    void find_absentOrForeign_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        Payment ofAlice = scene.as(alice).payments().create(payment(scene.match(alice)));
        PaymentId nobodys = new PaymentId(UUID.randomUUID());
        PaymentRepository bobs = scene.as(bob).payments();

        assertThat(bobs.find(ofAlice.id())).isEmpty();
        assertThat(bobs.findByStripeId(ofAlice.stripeId())).isEmpty();
        assertThat(bobs.find(nobodys)).isEmpty();
        assertThat(bobs.findByStripeId(Scene.stripeId())).isEmpty();
        assertFails(ErrorCode.NOT_FOUND, () -> bobs.get(ofAlice.id()));
        assertFails(ErrorCode.NOT_FOUND, () -> bobs.get(nobodys));
        assertThat(payments(scene, bob).find(ofAlice.id())).isEmpty();
        assertThat(payments(scene, alice).find(ofAlice.id())).contains(ofAlice);
    }

    @Test
    void find_list_withoutAUser_areRefused(SnagrData data) {
        PaymentRepository payments =
                new Scene(data).service(ServiceRole.PAYMENTS).payments();

        assertFails(ErrorCode.USER_REQUIRED, () -> payments.find(new PaymentId(UUID.randomUUID())));
        assertFails(ErrorCode.USER_REQUIRED, () -> payments.findByStripeId(Scene.stripeId()));
        assertFails(ErrorCode.USER_REQUIRED, () -> payments.list(Page.first(1)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void list_tiesInTheSortKey_pagesThroughEachRowOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId match = scene.match(alice);
        List<Payment> created = scene.as(alice).inTransaction(session -> {
            List<Payment> payments = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                payments.add(session.payments().create(payment(match)));
            }
            return payments;
        });
        created.add(scene.as(alice).payments().create(payment(match)));
        assertThat(scene.as(bob).payments().create(payment(scene.match(bob)))).isNotNull();
        created.sort(NEWEST_FIRST);

        assertThat(readAll(pageSize, scene.as(alice).payments()::list)).isEqualTo(created);
        assertThat(readAll(pageSize, payments(scene, alice)::list)).isEqualTo(created);
    }

    @Test
    void list_cursorFromElsewhere_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        assertThat(scene.as(alice).payments().create(payment(match))).isNotNull();
        assertThat(scene.as(alice).payments().create(payment(match))).isNotNull();
        assertThat(scene.search(alice)).isNotNull();
        Cursor cursor = secondPage(scene.as(alice).payments()::list);
        Cursor ofSearches = secondPage(scene.as(alice).searches()::list);
        UserId bob = scene.user();

        assertFails(ErrorCode.INVALID_CURSOR, () -> scene.as(bob).payments().list(Page.after(cursor, 1)));
        assertFails(ErrorCode.INVALID_CURSOR, () -> scene.as(alice).payments().list(Page.after(ofSearches, 1)));
        assertThat(scene.as(alice).payments().list(Page.after(cursor, 1)).items())
                .hasSize(1);
    }

    @Test
    void fail_pending_isFailedOnce(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Payment pending = scene.as(alice).payments().create(payment(scene.match(alice)));

        Payment failed = payments(scene, alice).fail(pending.stripeId());

        assertThat(failed.status()).isEqualTo(PaymentStatus.FAILED);
        assertThat(failed.id()).isEqualTo(pending.id());
        assertThat(failed.completedAt()).isNull();
        assertThat(payments(scene, alice).fail(pending.stripeId())).isEqualTo(failed);
        assertThat(scene.as(alice).payments().get(pending.id())).isEqualTo(failed);
    }

    @Test
    void beginRefund_completed_closesTheUnlockWithIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);
        Unlock other = scene.unlock(alice);
        Payment completed = scene.as(alice).payments().get(unlock.paymentId());

        Payment refund = payments(scene, alice).beginRefund(completed.stripeId());

        assertThat(refund.status()).isEqualTo(PaymentStatus.REFUND_PENDING);
        assertThat(refund.completedAt()).isEqualTo(completed.completedAt());
        assertThat(payments(scene, alice).beginRefund(completed.stripeId())).isEqualTo(refund);
        assertThat(scene.as(alice).unlocks().find(unlock.matchId())).isEmpty();
        assertThat(scene.as(alice).unlocks().find(other.matchId())).contains(other);
    }

    @Test
    void beginRefund_rolledBack_leavesTheUnlock(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);
        Payment completed = scene.as(alice).payments().get(unlock.paymentId());

        assertThatThrownBy(() -> scene.service(ServiceRole.PAYMENTS, alice).inTransaction(session -> {
                    session.payments().beginRefund(completed.stripeId());
                    assertThat(session.unlocks().find(unlock.matchId())).isEmpty();
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        assertThat(scene.as(alice).payments().get(completed.id())).isEqualTo(completed);
        assertThat(scene.as(alice).unlocks().find(unlock.matchId())).contains(unlock);
    }

    @Test
    void completeRefund_afterItBegan_isRefundedOnce(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);
        StripePaymentId stripeId =
                scene.as(alice).payments().get(unlock.paymentId()).stripeId();
        payments(scene, alice).beginRefund(stripeId);

        Payment refunded = payments(scene, alice).completeRefund(stripeId);

        assertThat(refunded.status()).isEqualTo(PaymentStatus.REFUNDED);
        assertThat(payments(scene, alice).completeRefund(stripeId)).isEqualTo(refunded);
        assertThat(scene.as(alice).payments().get(unlock.paymentId())).isEqualTo(refunded);
    }

    @ParameterizedTest
    @EnumSource
    void fail_beginRefund_completeRefund_inAnotherState_areRefused(PaymentStatus status, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Payment payment = in(status, scene, alice);
        StripePaymentId stripeId = payment.stripeId();
        PaymentRepository payments = payments(scene, alice);

        if (status != PaymentStatus.PENDING && status != PaymentStatus.FAILED) {
            assertFails(ErrorCode.WRONG_STATE, () -> payments.fail(stripeId));
        }
        if (status != PaymentStatus.COMPLETED && status != PaymentStatus.REFUND_PENDING) {
            assertFails(ErrorCode.WRONG_STATE, () -> payments.beginRefund(stripeId));
        }
        if (status != PaymentStatus.REFUND_PENDING && status != PaymentStatus.REFUNDED) {
            assertFails(ErrorCode.WRONG_STATE, () -> payments.completeRefund(stripeId));
        }

        assertThat(scene.as(alice).payments().get(payment.id())).isEqualTo(payment);
    }

    @Test
    void fail_beginRefund_completeRefund_absentOrForeign_areNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        Payment ofAlice = scene.as(alice).payments().create(payment(scene.match(alice)));
        PaymentRepository bobs = payments(scene, bob);

        for (StripePaymentId stripeId : List.of(ofAlice.stripeId(), Scene.stripeId())) {
            assertFails(ErrorCode.NOT_FOUND, () -> bobs.fail(stripeId));
            assertFails(ErrorCode.NOT_FOUND, () -> bobs.beginRefund(stripeId));
            assertFails(ErrorCode.NOT_FOUND, () -> bobs.completeRefund(stripeId));
        }
        assertThat(scene.as(alice).payments().get(ofAlice.id())).isEqualTo(ofAlice);
    }

    @Test
    void fail_beginRefund_completeRefund_byAnotherActor_areDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Payment pending = scene.as(alice).payments().create(payment(scene.match(alice)));

        for (PaymentRepository others : List.of(
                scene.as(alice).payments(),
                scene.service(ServiceRole.NOTIFIER, alice).payments())) {
            assertFails(ErrorCode.ACCESS_DENIED, () -> others.fail(pending.stripeId()));
            assertFails(ErrorCode.ACCESS_DENIED, () -> others.beginRefund(pending.stripeId()));
            assertFails(ErrorCode.ACCESS_DENIED, () -> others.completeRefund(pending.stripeId()));
        }
        assertThat(scene.as(alice).payments().get(pending.id())).isEqualTo(pending);
    }

    private static Payment in(PaymentStatus status, Scene scene, UserId user) {
        MatchId match = scene.match(user);
        Payment pending = scene.as(user).payments().create(payment(match));
        switch (status) {
            case PENDING -> {}
            case FAILED -> payments(scene, user).fail(pending.stripeId());
            case COMPLETED, REFUND_PENDING, REFUNDED -> {
                scene.as(user)
                        .unlocks()
                        .unlock(match, Scene.payment(user, match, pending.stripeId(), pending.amount()));
                if (status != PaymentStatus.COMPLETED) {
                    payments(scene, user).beginRefund(pending.stripeId());
                }
                if (status == PaymentStatus.REFUNDED) {
                    payments(scene, user).completeRefund(pending.stripeId());
                }
            }
        }
        Payment payment = scene.as(user).payments().get(pending.id());
        assertThat(payment.status()).isEqualTo(status);
        return payment;
    }

    private static PaymentRepository payments(Scene scene, UserId user) {
        return scene.service(ServiceRole.PAYMENTS, user).payments();
    }

    private static NewPayment payment(MatchId match) {
        return new NewPayment(match, Scene.stripeId(), PRICE);
    }

    private static void assertMismatch(Scene scene, UserId user, NewPayment payment) {
        assertFails(ErrorCode.PAYMENT_MISMATCH, () -> scene.as(user).payments().create(payment));
    }
}

package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static ai.snagr.data.testkit.contract.Scene.secondPage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditEvent;
import ai.snagr.data.audit.AuditOutcome;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.payment.NewPayment;
import ai.snagr.data.payment.Payment;
import ai.snagr.data.payment.PaymentRepository;
import ai.snagr.data.payment.PaymentStatus;
import ai.snagr.data.payment.StripeEventId;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.StripeEvents;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.SuggestedMessage;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.unlock.UnlockRepository;
import ai.snagr.data.unlock.UnlockedListing;
import ai.snagr.data.user.UserId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unlocks: bought once, closed by a refund, and the only way to the seller, on record each time. */
@SnagrDataTest
public abstract class UnlockRepositoryContract {
    private static final Comparator<UnlockedListing> NEWEST_FIRST = Comparator.comparing(
                    (UnlockedListing listing) -> listing.unlock().unlockedAt())
            .thenComparing(listing -> listing.unlock().id())
            .reversed();

    @Test
    void unlock_newPayment_storesBoth(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);

        Unlock unlock = scene.as(alice).unlocks().unlock(match, paid);

        assertThat(unlock.userId()).isEqualTo(alice);
        assertThat(unlock.matchId()).isEqualTo(match);
        assertThat(unlock.suggestedMessage()).isNull();
        assertThat(scene.as(alice).unlocks().find(match)).contains(unlock);
        Payment payment = scene.as(alice).payments().get(unlock.paymentId());
        assertThat(payment.status()).isEqualTo(PaymentStatus.COMPLETED);
        assertThat(payment.stripeId()).isEqualTo(paid.stripeId());
        assertThat(payment.amount()).isEqualTo(paid.amount());
        assertThat(payment.matchId()).isEqualTo(match);
        assertThat(payment.completedAt()).isNotNull();
    }

    @Test
    void unlock_pendingPayment_completesIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);
        Payment pending = scene.as(alice).payments().create(new NewPayment(match, paid.stripeId(), paid.amount()));

        Unlock unlock = scene.as(alice).unlocks().unlock(match, paid);

        assertThat(unlock.paymentId()).isEqualTo(pending.id());
        Payment completed = scene.as(alice).payments().get(pending.id());
        assertThat(completed.status()).isEqualTo(PaymentStatus.COMPLETED);
        assertThat(completed.completedAt()).isNotNull();
        assertThat(completed.createdAt()).isEqualTo(pending.createdAt());
        assertThat(scene.as(alice).payments().list(Page.first(10))).containsExactly(completed);
    }

    @Test
    void unlock_repeated_returnsTheSameUnlock(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);
        Unlock unlock = scene.as(alice).unlocks().unlock(match, paid);
        Payment payment = scene.as(alice).payments().get(unlock.paymentId());

        assertThat(scene.as(alice).unlocks().unlock(match, paid)).isEqualTo(unlock);
        assertThat(payments(scene, alice).unlock(match, paid)).isEqualTo(unlock);
        Unlock inside =
                scene.as(alice).inTransaction(session -> session.unlocks().unlock(match, paid));
        assertThat(inside).isEqualTo(unlock);

        assertThat(scene.as(alice).payments().list(Page.first(10))).containsExactly(payment);
        assertThat(scene.as(alice).unlocks().list(Page.first(10)).items()).hasSize(1);
    }

    @RepeatedTest(5)
    void unlock_samePaymentByManyThreads_storesOneUnlockAndAllGetIt(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);

        List<Unlock> unlocks = Race.run(6, i -> scene.as(alice).unlocks().unlock(match, paid));

        assertThat(unlocks).containsOnly(unlocks.get(0));
        assertThat(scene.as(alice).payments().list(Page.first(10)).items()).hasSize(1);
        assertThat(scene.as(alice).unlocks().list(Page.first(10)).items())
                .extracting(UnlockedListing::unlock)
                .containsExactly(unlocks.get(0));
    }

    @RepeatedTest(5)
    void unlock_samePendingPaymentByManyThreads_storesOneUnlockAndAllGetIt(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);
        Payment pending = scene.as(alice).payments().create(new NewPayment(match, paid.stripeId(), paid.amount()));

        List<Unlock> unlocks = Race.run(6, i -> payments(scene, alice).unlock(match, paid));

        assertThat(unlocks).containsOnly(unlocks.get(0));
        assertThat(unlocks.get(0).paymentId()).isEqualTo(pending.id());
    }

    @RepeatedTest(5)
    void unlock_severalPaymentsAtOnce_oneWinsAndNoOtherIsStored(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);

        List<Optional<Unlock>> unlocks = Race.run(4, i -> {
            try {
                return Optional.of(scene.as(alice).unlocks().unlock(match, Scene.payment(alice, match)));
            } catch (SnagrDataException refused) {
                assertThat(refused.code()).isEqualTo(ErrorCode.ALREADY_UNLOCKED);
                return Optional.empty();
            }
        });

        List<Unlock> won = unlocks.stream().flatMap(Optional::stream).toList();
        assertThat(won).hasSize(1);
        assertThat(scene.as(alice).payments().list(Page.first(10)).items())
                .extracting(Payment::id)
                .containsExactly(won.get(0).paymentId());
    }

    @RepeatedTest(5)
    void unlock_samePaymentForTwoMatchesAtOnce_opensOne(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        List<MatchId> matches = List.of(scene.match(alice), scene.match(alice));
        StripePaymentId stripeId = Scene.stripeId();
        Money price = Money.of(500, "USD");

        List<Optional<Unlock>> unlocks = Race.run(2, i -> {
            try {
                return Optional.of(scene.as(alice)
                        .unlocks()
                        .unlock(matches.get(i), Scene.payment(alice, matches.get(i), stripeId, price)));
            } catch (SnagrDataException refused) {
                assertThat(refused.code()).isEqualTo(ErrorCode.PAYMENT_MISMATCH);
                return Optional.empty();
            }
        });

        List<Unlock> won = unlocks.stream().flatMap(Optional::stream).toList();
        assertThat(won).hasSize(1);
        assertThat(scene.as(alice).unlocks().list(Page.first(10)).items())
                .extracting(UnlockedListing::unlock)
                .isEqualTo(won);
        assertThat(scene.as(alice).payments().list(Page.first(10)).items()).hasSize(1);
    }

    @Test
    void unlock_stripeIdKnownOtherwise_isMismatch(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId match = scene.match(alice);
        MatchId other = scene.match(alice);
        MatchId bobs = scene.match(bob);
        StripePaymentId stripeId = Scene.stripeId();
        Money price = Money.of(500, "USD");
        Unlock unlock = scene.as(alice).unlocks().unlock(match, Scene.payment(alice, match, stripeId, price));

        assertMismatch(scene, alice, match, Scene.payment(alice, match, stripeId, Money.of(499, "USD")));
        assertMismatch(scene, alice, match, Scene.payment(alice, match, stripeId, Money.of(500, "EUR")));
        assertMismatch(scene, alice, other, Scene.payment(alice, other, stripeId, price));
        assertMismatch(scene, bob, bobs, Scene.payment(bob, bobs, stripeId, price));

        assertThat(scene.as(alice).unlocks().list(Page.first(10)).items())
                .extracting(UnlockedListing::unlock)
                .containsExactly(unlock);
        assertThat(scene.as(bob).unlocks().list(Page.first(10))).isEmpty();
        assertThat(scene.as(bob).payments().list(Page.first(10))).isEmpty();
    }

    @Test
    void unlock_pendingPaymentOfAnotherAmount_staysPending(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        StripePaymentId stripeId = Scene.stripeId();
        Payment pending = scene.as(alice).payments().create(new NewPayment(match, stripeId, Money.of(500, "USD")));

        assertMismatch(scene, alice, match, Scene.payment(alice, match, stripeId, Money.of(5, "USD")));
        assertMismatch(scene, alice, match, Scene.payment(alice, match, stripeId, Money.of(500, "EUR")));

        assertThat(scene.as(alice).payments().get(pending.id())).isEqualTo(pending);
        assertThat(scene.as(alice).unlocks().find(match)).isEmpty();
    }

    @Test
    void unlock_paidByAnotherUserOrForAnotherMatch_isMismatchAndNotStored(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId match = scene.match(alice);
        MatchId other = scene.match(alice);
        VerifiedPayment ofBob = Scene.payment(bob, match);
        VerifiedPayment ofOther = Scene.payment(alice, other);

        assertMismatch(scene, alice, match, ofBob);
        assertMismatch(scene, alice, match, ofOther);
        assertThat(scene.as(alice).payments().create(new NewPayment(match, ofBob.stripeId(), ofBob.amount())))
                .isNotNull();
        assertMismatch(scene, alice, match, ofBob);

        assertThat(scene.as(alice).unlocks().list(Page.first(10))).isEmpty();
        assertThat(scene.as(alice).payments().findByStripeId(ofOther.stripeId()))
                .isEmpty();
        assertThat(scene.as(alice).payments().list(Page.first(10)).items())
                .extracting(Payment::status)
                .containsExactly(PaymentStatus.PENDING);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void unlock_eventKnownOfAnotherPayment_isMismatchAndNotStored(boolean pending, SnagrData data) {
        Scene scene = new Scene(data);
        StripeEvents stripe = StripeEvents.create();
        StripeEventId event = StripeEvents.newEventId();
        Money price = Money.of(500, "USD");
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId match = scene.match(alice);
        Unlock unlock =
                scene.as(alice).unlocks().unlock(match, stripe.payment(event, Scene.stripeId(), price, alice, match));

        for (UserId user : List.of(alice, bob)) {
            MatchId another = scene.match(user);
            VerifiedPayment paid = stripe.payment(event, Scene.stripeId(), price, user, another);
            if (pending) {
                assertThat(scene.as(user).payments().create(new NewPayment(another, paid.stripeId(), price)))
                        .isNotNull();
            }

            assertMismatch(scene, user, another, paid);

            assertThat(scene.as(user).unlocks().find(another)).isEmpty();
        }
        assertThat(scene.as(alice).unlocks().find(match)).contains(unlock);
    }

    @Test
    void unlock_anotherEventOfTheSamePayment_returnsTheSameUnlock(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment first = Scene.payment(alice, match);
        VerifiedPayment second = Scene.payment(alice, match, first.stripeId(), first.amount());
        Unlock unlock = scene.as(alice).unlocks().unlock(match, first);

        assertThat(second.eventId()).isNotEqualTo(first.eventId());
        assertThat(scene.as(alice).unlocks().unlock(match, second)).isEqualTo(unlock);
    }

    @Test
    void unlock_byAnotherPaymentBefore_isRefusedAndNotStored(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);
        VerifiedPayment second = Scene.payment(alice, unlock.matchId());
        Payment pending =
                scene.as(alice).payments().create(new NewPayment(unlock.matchId(), Scene.stripeId(), second.amount()));

        assertFails(ErrorCode.ALREADY_UNLOCKED, () -> scene.as(alice).unlocks().unlock(unlock.matchId(), second));
        assertFails(
                ErrorCode.ALREADY_UNLOCKED,
                () -> scene.as(alice)
                        .unlocks()
                        .unlock(
                                unlock.matchId(),
                                Scene.payment(alice, unlock.matchId(), pending.stripeId(), pending.amount())));

        assertThat(scene.as(alice).payments().findByStripeId(second.stripeId())).isEmpty();
        assertThat(scene.as(alice).payments().get(pending.id())).isEqualTo(pending);
        assertThat(scene.as(alice).unlocks().find(unlock.matchId())).contains(unlock);
    }

    @Test
    void unlock_failedPayment_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);
        assertThat(scene.as(alice).payments().create(new NewPayment(match, paid.stripeId(), paid.amount())))
                .isNotNull();
        Payment failed = refunds(scene, alice).fail(paid.stripeId());

        assertFails(ErrorCode.WRONG_STATE, () -> scene.as(alice).unlocks().unlock(match, paid));

        assertThat(scene.as(alice).payments().get(failed.id())).isEqualTo(failed);
        assertThat(scene.as(alice).unlocks().find(match)).isEmpty();
    }

    @Test
    void unlock_afterARefund_takesANewPayment(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment first = Scene.payment(alice, match);
        Unlock closed = scene.as(alice).unlocks().unlock(match, first);
        refunds(scene, alice).beginRefund(first.stripeId());
        assertFails(ErrorCode.WRONG_STATE, () -> scene.as(alice).unlocks().unlock(match, first));
        Payment refunded = refunds(scene, alice).completeRefund(first.stripeId());
        assertFails(ErrorCode.WRONG_STATE, () -> scene.as(alice).unlocks().unlock(match, first));
        VerifiedPayment second = Scene.payment(alice, match, Scene.stripeId(), Money.of(700, "EUR"));

        Unlock renewed = scene.as(alice).unlocks().unlock(match, second);

        assertThat(renewed.paymentId()).isNotEqualTo(closed.paymentId());
        assertThat(renewed.unlockedAt()).isAfter(closed.unlockedAt());
        assertThat(scene.as(alice).unlocks().find(match)).contains(renewed);
        assertThat(scene.as(alice).unlocks().unlock(match, second)).isEqualTo(renewed);
        assertThat(scene.as(alice).unlocks().list(Page.first(10)).items())
                .extracting(UnlockedListing::unlock, UnlockedListing::paid)
                .containsExactly(tuple(renewed, second.amount()));
        assertThat(scene.as(alice).payments().get(closed.paymentId())).isEqualTo(refunded);
        assertThat(scene.as(alice).unlocks().reveal(match).match().id()).isEqualTo(match);
        assertFails(ErrorCode.WRONG_STATE, () -> scene.as(alice).unlocks().unlock(match, first));
    }

    @RepeatedTest(5)
    void unlock_renewedByManyThreads_storesOneUnlockAndAllGetIt(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment first = Scene.payment(alice, match);
        scene.as(alice).unlocks().unlock(match, first);
        refunds(scene, alice).beginRefund(first.stripeId());
        refunds(scene, alice).completeRefund(first.stripeId());
        VerifiedPayment second = Scene.payment(alice, match);

        List<Unlock> unlocks = Race.run(6, i -> scene.as(alice).unlocks().unlock(match, second));

        assertThat(unlocks).containsOnly(unlocks.get(0));
        assertThat(scene.as(alice).payments().list(Page.first(10)).items()).hasSize(2);
    }

    @RepeatedTest(5)
    void unlock_whileItIsRefunded_neverLeavesAnUnlockWithoutPayment(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);
        Payment pending = scene.as(alice).payments().create(new NewPayment(match, paid.stripeId(), paid.amount()));

        List<Boolean> done = Race.run(4, i -> {
            try {
                if (i % 2 == 0) {
                    scene.as(alice).unlocks().unlock(match, paid);
                } else {
                    refunds(scene, alice).beginRefund(paid.stripeId());
                }
                return true;
            } catch (SnagrDataException tooEarlyOrTooLate) {
                assertThat(tooEarlyOrTooLate.code()).isEqualTo(ErrorCode.WRONG_STATE);
                return false;
            }
        });

        assertThat(done).contains(true);
        PaymentStatus status = scene.as(alice).payments().get(pending.id()).status();
        assertThat(scene.as(alice).unlocks().find(match).isPresent()).isEqualTo(status == PaymentStatus.COMPLETED);
    }

    @Test
    void unlock_absentOrForeignMatch_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId ofAlice = scene.match(alice);
        MatchId absent = new MatchId(UUID.randomUUID());
        VerifiedPayment paid = Scene.payment(alice, ofAlice);

        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).unlocks().unlock(ofAlice, paid));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).unlocks().unlock(ofAlice, Scene.payment(bob, ofAlice)));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).unlocks().unlock(absent, Scene.payment(bob, absent)));

        assertThat(scene.as(bob).payments().findByStripeId(paid.stripeId())).isEmpty();
        assertThat(scene.as(alice).unlocks().unlock(ofAlice, paid)).isNotNull();
    }

    @Test
    void unlock_inATransaction_commitsAndRollsBackWithIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    Unlock unlock = session.unlocks().unlock(match, paid);
                    assertThat(session.unlocks().find(match)).contains(unlock);
                    assertThat(session.unlocks().unlock(match, paid)).isEqualTo(unlock);
                    assertThat(session.payments().get(unlock.paymentId()).status())
                            .isEqualTo(PaymentStatus.COMPLETED);
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");
        assertThat(scene.as(alice).unlocks().find(match)).isEmpty();
        assertThat(scene.as(alice).payments().findByStripeId(paid.stripeId())).isEmpty();

        Unlock unlock = scene.as(alice).inTransaction(session -> {
            assertThat(session.payments().create(new NewPayment(match, paid.stripeId(), paid.amount())))
                    .isNotNull();
            return session.unlocks().unlock(match, paid);
        });

        assertThat(scene.as(alice).unlocks().find(match)).contains(unlock);
        assertThat(scene.as(alice).unlocks().reveal(match).match().id()).isEqualTo(match);
    }

    @Test
    void unlock_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        VerifiedPayment paid = Scene.payment(alice, match);

        for (ServiceRole other : List.of(ServiceRole.MATCHER, ServiceRole.NOTIFIER, ServiceRole.WORKER)) {
            assertFails(
                    ErrorCode.ACCESS_DENIED,
                    () -> scene.service(other, alice).unlocks().unlock(match, paid));
        }
        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> scene.service(ServiceRole.PAYMENTS).unlocks().unlock(match, paid));
        assertFails(ErrorCode.USER_REQUIRED, () -> scene.admin().unlocks().unlock(match, paid));

        assertThat(scene.as(alice).unlocks().find(match)).isEmpty();
    }

    @Test
    void find_absentForeignOrClosed_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId locked = scene.match(alice);
        Unlock unlock = scene.unlock(alice);

        assertThat(scene.as(alice).unlocks().find(locked)).isEmpty();
        assertThat(scene.as(alice).unlocks().find(new MatchId(UUID.randomUUID())))
                .isEmpty();
        assertThat(scene.as(bob).unlocks().find(unlock.matchId())).isEmpty();
        assertThat(payments(scene, alice).find(unlock.matchId())).contains(unlock);
        assertThat(payments(scene, bob).find(unlock.matchId())).isEmpty();

        refunds(scene, alice).beginRefund(stripeId(scene, unlock));

        assertThat(scene.as(alice).unlocks().find(unlock.matchId())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void list_tiesInTheSortKey_pagesThroughEachRowOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        assertThat(scene.unlock(bob)).isNotNull();
        List<MatchId> matches =
                Stream.generate(() -> scene.match(alice)).limit(4).toList();
        List<UnlockedListing> listings = scene.as(alice).inTransaction(session -> {
            List<UnlockedListing> made = new ArrayList<>();
            for (int i = 0; i < matches.size(); i++) {
                Match match = session.matches().get(matches.get(i)).match();
                VerifiedPayment paid = Scene.payment(alice, match.id(), Scene.stripeId(), Money.of(100 + i, "USD"));
                made.add(new UnlockedListing(session.unlocks().unlock(match.id(), paid), match, paid.amount()));
            }
            return made;
        });
        Unlock later = scene.unlock(alice);
        listings.add(new UnlockedListing(
                later, scene.as(alice).matches().get(later.matchId()).match(), Money.of(500, "USD")));
        listings.sort(NEWEST_FIRST);

        assertThat(readAll(pageSize, scene.as(alice).unlocks()::list)).isEqualTo(listings);
        assertThat(readAll(pageSize, payments(scene, alice)::list)).isEqualTo(listings);
    }

    @Test
    void list_refunded_isLeftOut(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock refunded = scene.unlock(alice);
        Unlock standing = scene.unlock(alice);

        refunds(scene, alice).beginRefund(stripeId(scene, refunded));

        assertThat(scene.as(alice).unlocks().list(Page.first(10)).items())
                .extracting(UnlockedListing::unlock)
                .containsExactly(standing);
        assertThat(scene.as(scene.user()).unlocks().list(Page.first(10))).isEmpty();
    }

    @Test
    void list_cursorFromElsewhere_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        assertThat(scene.unlock(alice)).isNotNull();
        assertThat(scene.unlock(alice)).isNotNull();
        Cursor cursor = secondPage(scene.as(alice).unlocks()::list);
        Cursor ofPayments = secondPage(scene.as(alice).payments()::list);

        assertFails(ErrorCode.INVALID_CURSOR, () -> scene.as(bob).unlocks().list(Page.after(cursor, 1)));
        assertFails(ErrorCode.INVALID_CURSOR, () -> scene.as(alice).unlocks().list(Page.after(ofPayments, 1)));
        assertThat(scene.as(alice).unlocks().list(Page.after(cursor, 1)).items())
                .hasSize(1);
        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> scene.service(ServiceRole.PAYMENTS).unlocks().list(Page.first(1)));
    }

    @Test
    void suggestMessage_standingUnlock_isStoredAndRemoved(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);
        String message = "Hello,\nis it still there? 🎮" + "x".repeat(1_970);

        Unlock suggested =
                scene.as(alice).unlocks().suggestMessage(unlock.matchId(), Optional.of(SuggestedMessage.of(message)));

        assertThat(suggested.suggestedMessage()).isEqualTo(message);
        assertThat(suggested.toString()).doesNotContain("Hello");
        assertThat(scene.as(alice).unlocks().find(unlock.matchId())).contains(suggested);
        assertThat(scene.as(alice).unlocks().suggestMessage(unlock.matchId(), Optional.empty()))
                .isEqualTo(unlock);
    }

    @Test
    void suggestMessage_noStandingUnlock_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId locked = scene.match(alice);
        Unlock unlock = scene.unlock(alice);
        Optional<SuggestedMessage> message = Optional.of(SuggestedMessage.of("Hello"));

        assertFails(ErrorCode.NOT_UNLOCKED, () -> scene.as(alice).unlocks().suggestMessage(locked, message));
        assertFails(ErrorCode.NOT_UNLOCKED, () -> scene.as(bob).unlocks().suggestMessage(unlock.matchId(), message));
        refunds(scene, alice).beginRefund(stripeId(scene, unlock));
        assertFails(ErrorCode.NOT_UNLOCKED, () -> scene.as(alice).unlocks().suggestMessage(unlock.matchId(), message));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.MATCHER, alice).unlocks().suggestMessage(unlock.matchId(), message));
    }

    @Test
    void reveal_unlocked_opensWhatWasSealed(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SellerInfo seller = new SellerInfo(
                "Łukasz \"Łu\" 🎮 O'Neill",
                WebUrl.of("https://market.example.org/u/1?q=a%20b&c=d"),
                "lukasz@example.org",
                Map.of("joined", "2015", "empty", "", "note", "line\nbreak \\ and \"quotes\""));
        WebUrl address = WebUrl.of("https://market.example.org/item/" + "x".repeat(2_000));
        NewMatch found = sealed("listing-1", seller, address);
        MatchId match = match(scene, alice, found);
        scene.as(alice).unlocks().unlock(match, Scene.payment(alice, match));

        RevealedMatch revealed = scene.as(alice).unlocks().reveal(match);

        assertThat(revealed.match())
                .isEqualTo(scene.as(alice).matches().get(match).match());
        assertThat(revealed.seller().expose()).isEqualTo(seller);
        assertThat(revealed.listingUrl().expose()).isEqualTo(address);
        assertThat(revealed.toString())
                .doesNotContain("Łukasz", "lukasz@example.org", "https://market.example.org/item", "2015");
    }

    @Test
    void reveal_sellerOfTheNameAlone_opensIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SellerInfo seller = SellerInfo.of("S", null);
        MatchId match = match(scene, alice, sealed("listing-1", seller, WebUrl.of("http://a.example")));
        scene.as(alice).unlocks().unlock(match, Scene.payment(alice, match));

        RevealedMatch revealed = scene.as(alice).unlocks().reveal(match);

        assertThat(revealed.seller().expose()).isEqualTo(seller);
        assertThat(revealed.listingUrl().expose()).isEqualTo(WebUrl.of("http://a.example"));
    }

    @Test
    void reveal_eachTime_writesOneEvent(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);

        for (int i = 1; i <= 3; i++) {
            assertThat(scene.as(alice).unlocks().reveal(unlock.matchId())).isNotNull();
            assertThat(events(scene, alice)).hasSize(i);
        }

        AuditEvent event = events(scene, alice).get(0);
        assertThat(event.action()).isEqualTo(AuditAction.REVEAL);
        assertThat(event.actor()).isEqualTo(alice.toString());
        assertThat(event.role()).as("snagr_user, or the host\'s role for users").isIn("snagr_user", "authenticated");
        assertThat(event.object()).isEqualTo("matches:" + unlock.matchId());
        assertThat(event.reason()).isNull();
    }

    @Test
    void reveal_noStandingUnlock_isRefusedOnRecord(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId locked = scene.match(alice);
        NewPayment pending = new NewPayment(locked, Scene.stripeId(), Money.of(500, "USD"));
        assertThat(scene.as(alice).payments().create(pending)).isNotNull();
        Unlock refunded = scene.unlock(alice);
        refunds(scene, alice).beginRefund(stripeId(scene, refunded));
        Unlock standing = scene.unlock(alice);

        assertNotUnlocked(scene, alice, locked);
        assertNotUnlocked(scene, alice, refunded.matchId());
        assertNotUnlocked(scene, alice, new MatchId(UUID.randomUUID()));
        assertNotUnlocked(scene, bob, standing.matchId());
        assertNotUnlocked(scene, bob, locked);

        refunds(scene, alice).completeRefund(stripeId(scene, refunded));
        assertNotUnlocked(scene, alice, refunded.matchId());
        assertThat(events(scene, alice)).hasSize(4);
        assertThat(events(scene, bob))
                .as("of another's match no more than of one that there is not")
                .allSatisfy(event -> assertThat(event.outcome()).isEqualTo(AuditOutcome.REFUSED))
                .extracting(AuditEvent::object)
                .containsExactlyInAnyOrder("matches:" + standing.matchId(), "matches:" + locked);
    }

    @Test
    void reveal_inATransactionRolledBack_staysOnRecord(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    assertThat(session.unlocks().reveal(unlock.matchId())).isNotNull();
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        assertThat(events(scene, alice)).extracting(AuditEvent::action).containsExactly(AuditAction.REVEAL);
    }

    @Test
    void reveal_unlockNotCommittedYet_isRefusedOnRecord(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);

        scene.as(alice).inTransaction(session -> {
            Unlock unlock = session.unlocks().unlock(match, Scene.payment(alice, match));
            assertFails(ErrorCode.NOT_UNLOCKED, () -> session.unlocks().reveal(match));
            return unlock;
        });

        assertThat(events(scene, alice)).extracting(AuditEvent::outcome).containsExactly(AuditOutcome.REFUSED);
        assertThat(scene.as(alice).unlocks().reveal(match)).isNotNull();
    }

    @Test
    void reveal_listingFoundAgain_opensWhatWasBought(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = match(scene, alice, Scene.newMatch("listing-1", 0.5));
        scene.as(alice).unlocks().unlock(match, Scene.payment(alice, match));
        RevealedMatch bought = scene.as(alice).unlocks().reveal(match);
        assertThat(scene.as(alice).jobs().rerun(bought.match().searchId())).isNotNull();

        JobLease lease = scene.lease(alice);
        NewMatch changed =
                sealed("listing-1", SellerInfo.of("Other", null), WebUrl.of("https://elsewhere.example.org/"));
        scene.service(ServiceRole.MATCHER, alice).matches().upsertAll(lease, Stream.of(changed));

        RevealedMatch again = scene.as(alice).unlocks().reveal(match);
        assertThat(again.seller()).isEqualTo(bought.seller());
        assertThat(again.listingUrl()).isEqualTo(bought.listingUrl());
    }

    @Test
    void reveal_withoutAUser_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);

        assertFails(ErrorCode.USER_REQUIRED, () -> scene.admin().unlocks().reveal(unlock.matchId()));
        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> scene.service(ServiceRole.PAYMENTS).unlocks().reveal(unlock.matchId()));
        for (ServiceRole other : List.of(ServiceRole.PAYMENTS, ServiceRole.MATCHER, ServiceRole.NOTIFIER)) {
            assertFails(
                    ErrorCode.ACCESS_DENIED,
                    () -> scene.service(other, alice).unlocks().reveal(unlock.matchId()));
        }
        assertThat(events(scene, alice))
                .extracting(event -> event.role() + " " + event.action() + " " + event.outcome())
                .containsExactly(
                        "snagr_notifier REVEAL REFUSED",
                        "snagr_matcher REVEAL REFUSED",
                        "snagr_payments REVEAL REFUSED");
    }

    private static NewMatch sealed(String externalId, SellerInfo seller, WebUrl address) {
        NewMatch plain = Scene.newMatch(externalId, 0.5);
        return new NewMatch(
                externalId,
                plain.title(),
                plain.price(),
                plain.description(),
                plain.imageUrl(),
                Sensitive.of(seller),
                Sensitive.of(address),
                plain.postedAt(),
                plain.distanceMeters(),
                plain.relevanceScore());
    }

    private static MatchId match(Scene scene, UserId user, NewMatch found) {
        assertThat(scene.search(user)).isNotNull();
        JobLease lease = scene.lease(user);
        scene.service(ServiceRole.MATCHER, user).matches().upsertAll(lease, Stream.of(found));
        scene.service(ServiceRole.MATCHER, user).jobs().complete(lease);
        return scene.as(user)
                .matches()
                .listBySearch(lease.searchId(), MatchQuery.top(1))
                .first()
                .id();
    }

    /** The reveals that are on record of a user. */
    private static List<AuditEvent> events(Scene scene, UserId user) {
        return readAll(200, page -> scene.service(ServiceRole.AUDITOR).audit().listByActor(user.toString(), page))
                .stream()
                .filter(event -> event.action() == AuditAction.REVEAL)
                .toList();
    }

    private static StripePaymentId stripeId(Scene scene, Unlock unlock) {
        return scene.as(unlock.userId()).payments().get(unlock.paymentId()).stripeId();
    }

    private static UnlockRepository payments(Scene scene, UserId user) {
        return scene.service(ServiceRole.PAYMENTS, user).unlocks();
    }

    private static PaymentRepository refunds(Scene scene, UserId user) {
        return scene.service(ServiceRole.PAYMENTS, user).payments();
    }

    private static void assertMismatch(Scene scene, UserId user, MatchId match, VerifiedPayment payment) {
        assertFails(ErrorCode.PAYMENT_MISMATCH, () -> scene.as(user).unlocks().unlock(match, payment));
    }

    private static void assertNotUnlocked(Scene scene, UserId user, MatchId match) {
        assertFails(ErrorCode.NOT_UNLOCKED, () -> scene.as(user).unlocks().reveal(match));
    }
}

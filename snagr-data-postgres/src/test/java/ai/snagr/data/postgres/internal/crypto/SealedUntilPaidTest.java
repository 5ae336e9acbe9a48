package ai.snagr.data.postgres.internal.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Money;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.StripeEvents;
import ai.snagr.data.user.UserId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The keys of matches: what opens before the payment, after it, and for whom. */
class SealedUntilPaidTest {
    private static final byte[] SELLER = "seller-canary".getBytes(UTF_8);
    private static final byte[] ADDRESS = "https://example.com/canary".getBytes(UTF_8);

    private final Random random = new Random(11);
    private final StripeEvents stripe = StripeEvents.create();
    private final UUID deployment = uuid();
    private final KeyProvider keys = Keys.ephemeral();
    private final KeyProvider otherKeys = Keys.ephemeral();
    private final Sealer sealer = new Sealer(keys, deployment);
    private final LockOpener opener = new LockOpener(keys, deployment);
    private final LockKey lock = LockOpener.newKey(keys, deployment, 1);
    private final UserId alice = new UserId(uuid());
    private final SubjectKey ofAlice = subject(alice);
    private final SearchId search = new SearchId(uuid());
    private final BatchContext run = new BatchContext(uuid(), search, alice);

    @AfterEach
    void close() {
        opener.close();
        sealer.close();
        keys.close();
        otherKeys.close();
    }

    @Test
    void open_withTheGrant_isWhatWasSealed() {
        Found found = found(ofAlice, run, "item");

        assertThat(found.seller).startsWith(0xFE, 0x01, 0x01, 0x01);
        assertThat(found.batch).hasSize(1_176).startsWith(0xFE, 0x01, 0x02, 0x00);
        assertThat(Sealer.keyId(found.seller)).isEqualTo(ofAlice.keyId());
        assertOpens(ofAlice, found, grant(found));
    }

    @Test
    void open_withTheUsersKeyAlone_isUnreadable() {
        Found found = found(ofAlice, run, "item");
        byte[] relabelled = found.seller.clone();
        relabelled[3] = 0;

        assertUnreadable(() -> ofAlice.open(found.sellerContext(), found.seller));
        assertUnreadable(() -> ofAlice.open(found.sellerContext(), relabelled));
    }

    @Test
    void open_grantOfAnotherMatchOfTheSameBatch_isUnreadable() {
        try (Batch batch = ofAlice.newBatch(run)) {
            Found paid = found(batch, "paid");
            Found unpaid = found(batch, "unpaid");
            byte[] granted = grant(paid);

            assertUnreadable(() -> ofAlice.open(unpaid.grant(), granted));
            try (MatchKey key = ofAlice.open(paid.grant(), granted)) {
                assertUnreadable(() -> key.open(unpaid.sellerContext(), unpaid.seller));
                assertUnreadable(() -> key.open(paid.sellerContext(), unpaid.seller));
                assertUnreadable(() -> key.open(paid.sellerContext(), paid.listingUrl));
            }
        }
    }

    @Test
    void open_grantInAnyOtherPlace_isUnreadable() {
        UserId bob = new UserId(uuid());
        SubjectKey ofBob = subject(bob);
        Found found = found(ofAlice, run, "item");
        Found again = found(ofAlice, run, "item");
        byte[] granted = grant(found);
        List<GrantContext> others = List.of(
                found.grantFor(bob, search, "item", found.match, found.payment),
                found.grantFor(alice, new SearchId(uuid()), "item", found.match, found.payment),
                found.grantFor(alice, search, "other", found.match, found.payment),
                found.grantFor(alice, search, "item", again.match, found.payment),
                found.grantFor(alice, search, "item", found.match, again.payment),
                GrantContext.of(alice, search, "item", found.match, found.payment, again.seller, found.listingUrl),
                GrantContext.of(alice, search, "item", found.match, found.payment, found.seller, again.listingUrl));

        for (GrantContext other : others) {
            assertUnreadable(() -> ofAlice.open(other, granted));
        }
        assertUnreadable(() -> ofBob.open(others.get(0), granted));
        try (Sealer elsewhere = new Sealer(keys, uuid())) {
            NewSubjectKey key = elsewhere.newSubjectKey(alice);
            assertUnreadable(
                    () -> elsewhere.open(alice, key.keyId(), key.wrapped()).open(found.grant(), granted));
        }
        assertOpens(ofAlice, found, granted);
    }

    @Test
    void grant_batchOfAnotherRunSearchUserOrLockKey_isUnreadable() {
        Found found = found(ofAlice, run, "item");
        LockKey second = LockOpener.newKey(keys, deployment, 2);
        UserId bob = new UserId(uuid());
        SubjectKey ofBob = subject(bob);
        byte[] relabelled = found.batch.clone();
        relabelled[7] = 2;

        assertUnreadable(() -> grant(ofAlice, lock, new BatchContext(uuid(), search, alice), found.batch, found));
        assertUnreadable(() ->
                grant(ofAlice, lock, new BatchContext(run.batch(), new SearchId(uuid()), alice), found.batch, found));
        assertUnreadable(() -> grant(ofAlice, lock, new BatchContext(run.batch(), search, bob), found.batch, found));
        assertUnreadable(() -> grant(ofBob, lock, run, found.batch, found));
        assertUnreadable(() -> grant(ofAlice, second, run, found.batch, found));
        assertUnreadable(() -> grant(ofAlice, second, run, relabelled, found));
        assertOpens(ofAlice, found, grant(found));
    }

    @Test
    void grant_batchChangedAnywhere_isUnreadable() {
        Found found = found(ofAlice, run, "item");
        for (int position : new int[] {0, 2, 3, 7, 8, 600, 1_095, 1_096, 1_127, 1_128, 1_160, 1_175}) {
            byte[] changed = found.batch.clone();
            changed[position] ^= 4;
            assertUnreadable(() -> grant(ofAlice, lock, run, changed, found));
        }
        assertUnreadable(() -> grant(ofAlice, lock, run, new byte[0], found));
        assertUnreadable(() -> grant(ofAlice, lock, run, Arrays.copyOf(found.batch, 1_175), found));
    }

    @Test
    void grant_lockKeyOfTwoVersions_bothAreInUse() {
        LockKey second = LockOpener.newKey(keys, deployment, 2);
        Found before = found(ofAlice, run, "item");
        byte[] batch;
        Found after;
        try (Batch later = ofAlice.newBatch(run)) {
            after = found(later, "item");
            batch = later.sealedTo(second.publicKey());
        }

        assertOpens(ofAlice, after, grant(ofAlice, second, run, batch, after));
        assertOpens(ofAlice, before, grant(before));
    }

    @Test
    void opens_withoutThePrivateHalf_isFalse() {
        LockKey swapped = new LockKey(LockOpener.newKey(keys, deployment, 1).publicKey(), lock.wrapped());
        LockKey asAnotherVersion =
                new LockKey(new LockPublicKey(2, lock.publicKey().bytes()), lock.wrapped());

        assertThat(opener.opens(lock)).isTrue();
        assertThat(opener.opens(swapped)).isFalse();
        assertThat(opener.opens(asAnotherVersion)).isFalse();
        try (LockOpener stranger = new LockOpener(otherKeys, deployment);
                LockOpener elsewhere = new LockOpener(keys, uuid())) {
            assertThat(stranger.opens(lock)).isFalse();
            assertThat(elsewhere.opens(lock)).isFalse();
        }
    }

    @Test
    void grant_paymentForAnotherMatchOrUser_isRefused() {
        Found found = found(ofAlice, run, "item");
        VerifiedPayment forAnother = proof(alice, new MatchId(uuid()));
        VerifiedPayment ofAnother = proof(new UserId(uuid()), found.match);

        for (VerifiedPayment proof : List.of(forAnother, ofAnother)) {
            assertThatThrownBy(() -> opener.grant(ofAlice, lock, run, found.batch, found.grant(), proof))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void open_manyUnpaidMatches_noneOpensAndThePaidOnesDo() {
        List<Found> unpaid = new ArrayList<>();
        List<Found> paid = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            BatchContext each = new BatchContext(uuid(), search, alice);
            try (Batch batch = ofAlice.newBatch(each)) {
                byte[] sealed = batch.sealedTo(lock.publicKey());
                for (int j = 0; j < 100; j++) {
                    (j == 0 ? paid : unpaid).add(found(batch, sealed, "item-" + j));
                }
            }
        }
        List<byte[]> grants = new ArrayList<>();
        paid.forEach(each -> grants.add(grant(each)));

        int opened = 0;
        for (Found each : unpaid) {
            opened += opensWith(each, grants.get(each.context.hashCode() & 15)) ? 1 : 0;
        }

        assertThat(unpaid).hasSize(1_980);
        assertThat(opened).isZero();
        for (int i = 0; i < 20; i++) {
            assertOpens(ofAlice, paid.get(i), grants.get(i));
        }
    }

    /** Past every check of state: with the key of another match, with the user's own, and with what the batch shows. */
    private boolean opensWith(Found found, byte[] granted) {
        for (ThrowingCallable attempt : List.<ThrowingCallable>of(
                () -> ofAlice.open(found.grant(), granted).close(),
                () -> ofAlice.open(found.sellerContext(), found.seller),
                () -> ofAlice.open(found.grant(), found.seller).close())) {
            try {
                attempt.call();
                return true;
            } catch (Throwable refused) {
                assertThat(refused).isInstanceOf(SnagrDataException.Unreadable.class);
            }
        }
        return false;
    }

    private void assertOpens(SubjectKey subject, Found found, byte[] granted) {
        try (MatchKey key = subject.open(found.grant(), granted)) {
            assertThat(key.open(found.sellerContext(), found.seller)).isEqualTo(SELLER);
            assertThat(key.open(found.urlContext(), found.listingUrl)).isEqualTo(ADDRESS);
        }
    }

    private Found found(SubjectKey subject, BatchContext context, String externalId) {
        try (Batch batch = subject.newBatch(context)) {
            return found(batch, externalId);
        }
    }

    private Found found(Batch batch, String externalId) {
        return found(batch, batch.sealedTo(lock.publicKey()), externalId);
    }

    private Found found(Batch batch, byte[] sealed, String externalId) {
        BatchContext context = batch.context();
        RowKey row = RowKey.ofMatch(context.search(), externalId);
        try (MatchKey key = batch.matchKey(row)) {
            return new Found(
                    context,
                    sealed,
                    externalId,
                    new MatchId(uuid()),
                    new PaymentId(uuid()),
                    key.seal(FieldContext.seller(context.user(), context.search(), externalId), SELLER),
                    key.seal(FieldContext.listingUrl(context.user(), context.search(), externalId), ADDRESS));
        }
    }

    private byte[] grant(Found found) {
        return grant(ofAlice, lock, found.context, found.batch, found);
    }

    private byte[] grant(SubjectKey subject, LockKey key, BatchContext context, byte[] batch, Found found) {
        return opener.grant(subject, key, context, batch, found.grant(), proof(found.context.user(), found.match));
    }

    private VerifiedPayment proof(UserId user, MatchId match) {
        return stripe.payment(new StripePaymentId("pi_123456789"), new Money(500, "EUR"), user, match);
    }

    private SubjectKey subject(UserId user) {
        NewSubjectKey stored = sealer.newSubjectKey(user);
        return sealer.open(user, stored.keyId(), stored.wrapped());
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private static void assertUnreadable(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(SnagrDataException.Unreadable.class)
                .hasMessage(new SnagrDataException.Unreadable().getMessage())
                .hasNoCause();
    }

    /** A sealed match with its batch, and what it will be paid with. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Found(
            BatchContext context,
            byte[] batch,
            String externalId,
            MatchId match,
            PaymentId payment,
            byte[] seller,
            byte[] listingUrl) {
        GrantContext grant() {
            return grantFor(context.user(), context.search(), externalId, match, payment);
        }

        GrantContext grantFor(UserId user, SearchId inSearch, String id, MatchId matchId, PaymentId paymentId) {
            return GrantContext.of(user, inSearch, id, matchId, paymentId, seller, listingUrl);
        }

        FieldContext sellerContext() {
            return FieldContext.seller(context.user(), context.search(), externalId);
        }

        FieldContext urlContext() {
            return FieldContext.listingUrl(context.user(), context.search(), externalId);
        }
    }
}

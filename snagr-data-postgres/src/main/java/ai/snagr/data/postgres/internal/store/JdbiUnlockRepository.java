package ai.snagr.data.postgres.internal.store;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.postgres.Capability;
import ai.snagr.data.postgres.internal.audit.AuditEntry;
import ai.snagr.data.postgres.internal.audit.AuditLog;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.connect.RowReader;
import ai.snagr.data.postgres.internal.connect.SqlErrors;
import ai.snagr.data.postgres.internal.crypto.BatchContext;
import ai.snagr.data.postgres.internal.crypto.FieldContext;
import ai.snagr.data.postgres.internal.crypto.GrantContext;
import ai.snagr.data.postgres.internal.crypto.LockKey;
import ai.snagr.data.postgres.internal.crypto.LockOpener;
import ai.snagr.data.postgres.internal.crypto.LockPublicKey;
import ai.snagr.data.postgres.internal.crypto.MatchKey;
import ai.snagr.data.postgres.internal.crypto.Sealer;
import ai.snagr.data.postgres.internal.crypto.SubjectKey;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.SuggestedMessage;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.unlock.UnlockId;
import ai.snagr.data.unlock.UnlockRepository;
import ai.snagr.data.unlock.UnlockedListing;
import ai.snagr.data.user.UserId;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/**
 * What payments opened.
 *
 * <p>{@link #unlock} reads what the key of the match is made from, grants it in memory, and then is one statement as a rule:
 * {@code OPEN} opens a match for the first time, or finds again what this
 * payment has opened. Where it gives no row it wrote nothing, and {@code UNLOCK_MATCH} decides, which knows every case and
 * every refusal. All parts of a statement see the database as it was when the statement began. So both lock the match
 * before they decide, and the second also the payment and the unlock: a locked row is read as it is now. A row that was
 * not there when the statement began cannot be locked; the match, which is frozen by its first unlock, then tells that
 * there is one now. What cannot be told for certain is not decided: the statement writes nothing, and the next look sees
 * more.
 */
final class JdbiUnlockRepository implements UnlockRepository {
    private static final int LOOKS = 5;
    private static final String UNLOCK_OPERATION = "unlocks.unlock";

    private static final String COLUMNS = "id, user_id, match_id, payment_id, unlocked_at, suggested_message";

    private static final String MATCH_COLUMNS = """
            matches.id, matches.search_id, matches.title, matches.price_minor, matches.currency, matches.image_url,
              matches.posted_at, matches.distance_meters, matches.relevance_score""";

    private static final RowMapper<Unlock> UNLOCK = (row, context) -> unlock(row, 1);

    private static final RowReader<Unlock> OPENED = row -> unlock(row, 1);

    private static final RowMapper<Look> LOOK = (row, context) ->
            new Look(Rows.constant(row, 7, Outcome.class), Rows.uuid(row, 1) == null ? null : unlock(row, 1));

    private static final RowMapper<UnlockedListing> LISTING = (row, context) -> new UnlockedListing(
            unlock(row, 10), JdbiMatchRepository.match(row), new Money(row.getLong(16), row.getString(17)));

    // The locks are taken in one order everywhere: match, payment, unlock. "For no key update" lets others refer to the
    // match meanwhile. A match that is not frozen has no unlock; whether it is, is looked at again when the lock is
    // there.
    private static final String OPEN = """
            with given as materialized (
              select ?::uuid as user_id, ?::uuid as match_id, ?::text as stripe_id, ?::text as event_id,
                ?::bigint as amount_minor, ?::text as currency, ?::uuid as payment_id, ?::uuid as unlock_id,
                ?::uuid as batch_id, ?::bytea as grant_key
            ),
            held as materialized (
              select given.*
              from given
              join snagr.matches on matches.user_id = given.user_id and matches.id = given.match_id
              where not matches.frozen and matches.batch_id is not distinct from given.batch_id
              for no key update of matches
            ),
            completed as (
              update snagr.payments
              set status = 'completed', stripe_event_id = held.event_id, completed_at = now(), updated_at = now()
              from held
              where payments.user_id = held.user_id and payments.stripe_payment_id = held.stripe_id
                and payments.status = 'pending' and payments.match_id = held.match_id
                and payments.amount_minor = held.amount_minor and payments.currency = held.currency
                and (held.batch_id is null or payments.id = held.payment_id)
              returning payments.id
            ),
            made as (
              insert into snagr.payments
                (user_id, id, match_id, stripe_payment_id, stripe_event_id, amount_minor, currency, status, completed_at)
              select user_id, payment_id, match_id, stripe_id, event_id, amount_minor, currency, 'completed', now()
              from held
              where not exists (select from completed)
              on conflict do nothing
              returning id
            ),
            opened as (
              insert into snagr.unlocks (user_id, id, match_id, payment_id, grant_key)
              select held.user_id, held.unlock_id, held.match_id, paid.id, held.grant_key
              from (select id from completed union all select id from made) paid
              cross join held
              returning id, user_id, match_id, payment_id, unlocked_at, suggested_message
            ),
            frozen as (
              update snagr.matches
              set frozen = true
              from opened
              where matches.user_id = opened.user_id and matches.id = opened.match_id
            ),
            again as materialized (
              select before.id, before.user_id, before.match_id, before.payment_id, before.unlocked_at,
                before.suggested_message
              from given
              join snagr.payments payment
                on payment.user_id = given.user_id and payment.stripe_payment_id = given.stripe_id
              join snagr.unlocks before on before.user_id = given.user_id and before.match_id = given.match_id
              where not exists (select from opened)
                and before.payment_id = payment.id and before.revoked_at is null
                and payment.status = 'completed' and payment.match_id = given.match_id
                and payment.amount_minor = given.amount_minor and payment.currency = given.currency
              for share of payment
            )
            select id, user_id, match_id, payment_id, unlocked_at, suggested_message
            from opened
            union all
            select id, user_id, match_id, payment_id, unlocked_at, suggested_message
            from again""";

    // What the grant is made from, before anything is locked. Whether it still holds, the statements that store it
    // see: the sealed bytes never change without the batch.
    private static final String READ_LOCKED = """
            select matches.search_id, matches.external_listing_id, matches.seller_info, matches.listing_url,
              matches.batch_id, batch.sealed, lock.version, lock.public_key, lock.wrapped_by, lock.wrapped,
              key.key_id, key.wrapped_by, key.wrapped, payment.id
            from snagr.matches
            left join snagr.batch_keys batch on batch.user_id = ? and batch.id = matches.batch_id
            left join snagr.lock_keys lock on lock.version = batch.lock_version
            left join snagr.subject_keys key on key.user_id = ? and key.key_id = batch.key_id
            left join snagr.payments payment on payment.user_id = ? and payment.stripe_payment_id = ?
            where matches.user_id = ? and matches.id = ? and matches.batch_id is not null
              and not exists (
                select from snagr.unlocks
                where unlocks.user_id = ? and unlocks.match_id = ? and unlocks.revoked_at is null)""";

    private static final String UNLOCK_MATCH = """
            with held as materialized (
              select id, frozen, batch_id, :payer = :userId and :paidFor = :matchId as meant
              from snagr.matches
              where user_id = :userId and id = :matchId
              for no key update
            ),
            known as materialized (
              select payment.id, payment.status,
                held.meant and payment.match_id is not distinct from held.id
                  and payment.amount_minor = :amountMinor and payment.currency = :currency as fits
              from held
              cross join snagr.payments payment
              where payment.user_id = :userId and payment.stripe_payment_id = :stripeId
              for update of payment
            ),
            prior as materialized (
              select before.id, before.payment_id, before.unlocked_at, before.suggested_message,
                before.revoked_at is null as stands
              from held
              left join known on true
              join snagr.unlocks before on before.match_id = held.id
              where before.user_id = :userId
              for update of before
            ),
            free as materialized (
              select held.id as match_id
              from held
              left join known on true
              left join prior on true
              where held.meant
                and held.batch_id is not distinct from :batchId
                and (known.id is null or (known.fits and known.status = 'pending'))
                and (held.batch_id is null or known.id is null or known.id = :paymentId)
                and case when prior.id is null then not held.frozen else not prior.stands end
            ),
            made as (
              insert into snagr.payments
                (user_id, id, match_id, stripe_payment_id, stripe_event_id, amount_minor, currency, status, completed_at)
              select :userId, :paymentId, free.match_id, :stripeId, :eventId, :amountMinor, :currency, 'completed', now()
              from free
              where not exists (select from known)
              on conflict do nothing
              returning id
            ),
            completed as (
              update snagr.payments
              set status = 'completed', stripe_event_id = :eventId, completed_at = now(), updated_at = now()
              from free cross join known
              where payments.user_id = :userId and payments.id = known.id
              returning payments.id
            ),
            opened as (
              insert into snagr.unlocks (user_id, id, match_id, payment_id, grant_key)
              select :userId, :unlockId, :matchId, paid.id, :grantKey
              from (select id from made union all select id from completed) paid
              on conflict (user_id, match_id) do update
              set payment_id = excluded.payment_id, grant_key = excluded.grant_key, unlocked_at = now(), revoked_at = null
              returning id, payment_id, unlocked_at, suggested_message
            ),
            frozen as (
              update snagr.matches
              set frozen = true
              from opened
              where matches.user_id = :userId and matches.id = :matchId
            ),
            answer as (
              select id, payment_id, unlocked_at, suggested_message from opened
              union all
              select prior.id, prior.payment_id, prior.unlocked_at, prior.suggested_message
              from prior
              join known on known.id = prior.payment_id
              where prior.stands and known.status = 'completed' and known.fits
            )
            select answer.id, :userId, :matchId, answer.payment_id, answer.unlocked_at, answer.suggested_message,
              case
                when held.id is null then 'no_match'
                when answer.id is not null then 'unlocked'
                when not held.meant or not known.fits then 'mismatch'
                when known.status in ('failed', 'refund_pending', 'refunded') then 'wrong_state'
                when prior.stands and (known.status = 'pending' or (known.id is null and other.id is not null))
                  then 'already_unlocked'
                when exists (select from free) then 'taken'
                else 'unsettled'
              end
            from (values (1)) one
            left join held on true
            left join known on true
            left join prior on true
            left join answer on true
            left join snagr.payments other on other.user_id = :userId and other.id = prior.payment_id""";

    private static final String BY_MATCH = """
            select %s
            from snagr.unlocks
            where user_id = :userId and match_id = :matchId and revoked_at is null""".formatted(COLUMNS);

    private static final NewestFirst<UnlockedListing> LIST = new NewestFirst<>(
            "unlocks.list",
            new PagedSql(
                    """
                    select %s,
                      unlocks.id, unlocks.user_id, unlocks.match_id, unlocks.payment_id, unlocks.unlocked_at,
                      unlocks.suggested_message, payments.amount_minor, payments.currency
                    from snagr.unlocks
                    join snagr.matches on matches.user_id = unlocks.user_id and matches.id = unlocks.match_id
                    join snagr.payments on payments.user_id = unlocks.user_id and payments.id = unlocks.payment_id
                    where unlocks.user_id = :userId and unlocks.revoked_at is null""".formatted(MATCH_COLUMNS),
                    "and (unlocks.unlocked_at, unlocks.id) < (:afterAt, :afterId)",
                    "order by unlocks.unlocked_at desc, unlocks.id desc"),
            LISTING,
            listing -> ListId.Position.at(
                    listing.unlock().unlockedAt(), listing.unlock().id().value()));

    private static final String SUGGEST_MESSAGE = """
            update snagr.unlocks
            set suggested_message = :message
            where user_id = :userId and match_id = :matchId and revoked_at is null
            returning %s""".formatted(COLUMNS);

    private static final String SELLER_KEY_ID = keyIdOf("matches.seller_info");
    private static final String URL_KEY_ID = keyIdOf("matches.listing_url");

    // The event is written by the statement that reads the sealed bytes, or finds that they are not to be read: what
    // cannot be put on record is not read. The ids of the keys are computed apart, since a condition with their
    // functions would lose the index of the keys behind a policy.
    private static final String REVEAL = """
            with found as materialized (
              select %s,
                snagr.unlocked_listing_id(matches.id), matches.seller_info, matches.listing_url,
                %s as seller_key_id, %s as url_key_id, unlocks.payment_id, unlocks.grant_key
              from snagr.unlocks
              join snagr.matches on matches.user_id = unlocks.user_id and matches.id = unlocks.match_id
              where unlocks.user_id = :userId and unlocks.match_id = :matchId and unlocks.revoked_at is null
            ),
            recorded as (
              insert into snagr.audit_events (id, actor, role, action, object, outcome, request, subject)
              select :eventId, :actor, :role, 'reveal', 'matches:' || :matchId,
                case when exists (select from found) then 'succeeded' else 'refused' end, :requestId, :subject
            )
            select found.*, seller_key.wrapped_by, seller_key.wrapped, url_key.wrapped_by, url_key.wrapped
            from found
            left join snagr.subject_keys seller_key
              on seller_key.user_id = :userId and seller_key.key_id = found.seller_key_id
            left join snagr.subject_keys url_key
              on url_key.user_id = :userId and url_key.key_id = found.url_key_id""".formatted(MATCH_COLUMNS, SELLER_KEY_ID, URL_KEY_ID);

    private static final RowMapper<Sealed> SEALED = (row, context) -> new Sealed(
            JdbiMatchRepository.match(row),
            row.getString(10),
            new SealedValue(row.getBytes(11), row.getInt(13), row.getInt(17), row.getBytes(18)),
            new SealedValue(row.getBytes(12), row.getInt(14), row.getInt(19), row.getBytes(20)),
            new PaymentId(Rows.uuid(row, 15)),
            row.getBytes(16));

    private static final RowReader<Locked> LOCKED = row -> {
        byte[] batch = row.getBytes(6);
        byte[] publicKey = row.getBytes(8);
        byte[] subjectKey = row.getBytes(13);
        if (batch == null || publicKey == null || subjectKey == null) { // a key is gone
            throw new SnagrDataException.Unreadable();
        }
        return new Locked(
                new SearchId(Rows.uuid(row, 1)),
                row.getString(2),
                row.getBytes(3),
                row.getBytes(4),
                Rows.uuid(row, 5),
                batch,
                new LockKey(
                        new LockPublicKey(row.getInt(7), publicKey),
                        new WrappedKey(new KeyRef(KeyPurpose.LOCK, row.getInt(9)), row.getBytes(10))),
                row.getInt(11),
                SubjectKeys.wrapped(row.getInt(12), subjectKey),
                Rows.uuid(row, 14));
    };

    private final Caller caller;
    private final SubjectKeys subjectKeys;

    JdbiUnlockRepository(Caller caller, SubjectKeys subjectKeys) {
        this.caller = caller;
        this.subjectKeys = subjectKeys;
    }

    @Override
    public Unlock unlock(MatchId matchId, VerifiedPayment payment) {
        UserId user = caller.user(UNLOCK_OPERATION);
        LockOpener opener = subjectKeys.matches().opener(UNLOCK_OPERATION);
        Optional<Unlock> opened =
                payment.userId().equals(user) && payment.matchId().equals(matchId)
                        ? open(user, payment, grant(opener, user, payment))
                        : Optional.empty();
        return opened.orElseGet(() -> settle(opener, user, matchId, payment));
    }

    /** The unlock that the payment makes or has made; empty if this needs a closer look. */
    private Optional<Unlock> open(UserId user, VerifiedPayment payment, Grant grant) {
        try {
            return paying().find(
                            UNLOCK_OPERATION,
                            OPEN,
                            OPENED,
                            user.value(),
                            payment.matchId().value(),
                            payment.stripeId().value(),
                            payment.eventId().value(),
                            payment.amount().minorUnits(),
                            payment.amount().currency(),
                            grant.payment,
                            Ids.next(),
                            Binds.uuid(grant.batch),
                            Binds.bytes(grant.key));
        } catch (SnagrDataException.Conflict conflict) {
            // The event has completed another payment.
            throw conflict.code() == ErrorCode.ALREADY_EXISTS ? JdbiPaymentRepository.mismatch() : conflict;
        }
    }

    private Unlock settle(LockOpener opener, UserId user, MatchId matchId, VerifiedPayment payment) {
        boolean meant = payment.userId().equals(user) && payment.matchId().equals(matchId);
        boolean taken = false;
        for (int i = 0; i < LOOKS; i++) {
            Look look = look(user, matchId, payment, meant ? grant(opener, user, payment) : Grant.none());
            switch (look.outcome) {
                case UNLOCKED -> {
                    return requireNonNull(look.unlock, "unlock");
                }
                case NO_MATCH -> throw Missing.row("match", matchId);
                case MISMATCH -> throw JdbiPaymentRepository.mismatch();
                case WRONG_STATE ->
                    throw new SnagrDataException.Conflict(
                            ErrorCode.WRONG_STATE,
                            "This payment has failed or was given back, so it does not unlock match " + matchId);
                case ALREADY_UNLOCKED ->
                    throw new SnagrDataException.Conflict(
                            ErrorCode.ALREADY_UNLOCKED,
                            "Match " + matchId
                                    + " was unlocked by another payment: this one is not stored; give it back");
                case TAKEN -> {
                    // Were the payment this user's, the second look would see it.
                    if (taken) {
                        throw JdbiPaymentRepository.mismatch();
                    }
                    taken = true;
                }
                case UNSETTLED -> taken = false;
            }
        }
        throw new SnagrDataException.Failed(
                ErrorCode.CONCURRENT_UPDATE,
                true,
                "Match " + matchId + " was not unlocked, as others keep changing it: try again",
                null);
    }

    /** The key of the match for its buyer, if it has one and is not unlocked yet. */
    private Grant grant(LockOpener opener, UserId user, VerifiedPayment payment) {
        MatchId matchId = payment.matchId();
        return paying().find(
                        UNLOCK_OPERATION,
                        READ_LOCKED,
                        LOCKED,
                        user.value(),
                        user.value(),
                        user.value(),
                        payment.stripeId().value(),
                        user.value(),
                        matchId.value(),
                        user.value(),
                        matchId.value())
                .map(locked -> {
                    PaymentId paymentId = new PaymentId(locked.payment == null ? Ids.next() : locked.payment);
                    byte[] key = opener.grant(
                            subjectKeys.open(user, locked.keyId, locked.wrapped),
                            locked.lock,
                            new BatchContext(locked.batchId, locked.search, user),
                            locked.batch,
                            GrantContext.of(
                                    user,
                                    locked.search,
                                    locked.externalListingId,
                                    matchId,
                                    paymentId,
                                    locked.seller,
                                    locked.listingUrl),
                            payment);
                    return new Grant(paymentId.value(), locked.batchId, key);
                })
                .orElseGet(Grant::none);
    }

    private Look look(UserId user, MatchId matchId, VerifiedPayment payment, Grant grant) {
        return paying().run(UNLOCK_OPERATION, handle -> {
            try {
                return handle.createQuery(UNLOCK_MATCH)
                        .bind("userId", user.value())
                        .bind("matchId", matchId.value())
                        .bind("stripeId", payment.stripeId().value())
                        .bind("eventId", payment.eventId().value())
                        .bind("payer", payment.userId().value())
                        .bind("paidFor", payment.matchId().value())
                        .bind("amountMinor", payment.amount().minorUnits())
                        .bind("currency", payment.amount().currency())
                        .bind("paymentId", grant.payment)
                        .bind("unlockId", Ids.next())
                        .bind("batchId", Binds.uuid(grant.batch))
                        .bind("grantKey", Binds.bytes(grant.key))
                        .map(LOOK)
                        .one();
            } catch (JdbiException e) {
                throw SqlErrors.violates(e, "payments_stripe_event_id_key") ? JdbiPaymentRepository.mismatch() : e;
            }
        });
    }

    /** A user completes his own payment in the role of the payments; another actor acts as what he is. */
    private Caller paying() {
        return caller.context().actor() instanceof Actor.UserActor ? caller.through(DatabaseRole.PAYMENTS) : caller;
    }

    @Override
    public Optional<Unlock> find(MatchId matchId) {
        UserId user = caller.user("unlocks.find");
        return caller.run(
                "unlocks.find",
                handle -> handle.createQuery(BY_MATCH)
                        .bind("userId", user.value())
                        .bind("matchId", matchId.value())
                        .map(UNLOCK)
                        .findOne());
    }

    @Override
    public Slice<UnlockedListing> list(Page page) {
        UserId user = caller.user("unlocks.list");
        return LIST.read(caller, page, Map.of("userId", user.value()));
    }

    @Override
    public Unlock suggestMessage(MatchId matchId, Optional<SuggestedMessage> message) {
        UserId user = caller.user("unlocks.suggestMessage");
        String text = message.map(SuggestedMessage::text).orElse(null);
        return caller.run(
                        "unlocks.suggestMessage",
                        handle -> handle.createQuery(SUGGEST_MESSAGE)
                                .bind("userId", user.value())
                                .bind("matchId", matchId.value())
                                .bind("message", text)
                                .map(UNLOCK)
                                .findOne())
                .orElseThrow(() -> notUnlocked(matchId));
    }

    @Override
    public RevealedMatch reveal(MatchId matchId) {
        UserId user = caller.user("unlocks.reveal");
        subjectKeys.matches().require(Capability.READ, "unlocks.reveal");
        Caller recorded = caller.outsideTransaction();
        Sealed sealed = sealed(recorded, user, matchId).orElseThrow(() -> notUnlocked(matchId));
        return Sealer.isLocked(sealed.seller.bytes) || Sealer.isLocked(sealed.listingUrl.bytes)
                ? openGranted(user, sealed)
                : openOfOld(user, sealed);
    }

    /**
     * What is to be opened, on record; empty, and that on record, if there is no standing unlock. An actor whose role may
     * not ask is refused by the database together with the event, so that one is written for it afterwards.
     */
    private static Optional<Sealed> sealed(Caller recorded, UserId user, MatchId matchId) {
        try {
            return recorded.run(
                    "unlocks.reveal",
                    handle -> handle.createQuery(REVEAL)
                            .bind("userId", user.value())
                            .bind("matchId", matchId.value())
                            .bind("eventId", Ids.next())
                            .bind("actor", recorded.context().auditedName())
                            .bind("role", recorded.context().role().sqlName())
                            .bind("requestId", Binds.text(recorded.context().request()))
                            .bind("subject", Binds.bytes(recorded.context().pseudonym()))
                            .map(SEALED)
                            .findOne());
        } catch (SnagrDataException.Denied refusal) {
            boolean recordedAlready = recorded.context().actor() instanceof Actor.AdminActor;
            if (refusal.code() == ErrorCode.ACCESS_DENIED && !recordedAlready) {
                AuditEntry entry = AuditEntry.refused(AuditAction.REVEAL, "matches:" + matchId, null);
                AuditLog.recordRefusal(recorded.outside(), recorded.context(), entry, refusal);
            }
            throw refusal;
        }
    }

    /** Opens with the grant alone, and only what was paid for. */
    private RevealedMatch openGranted(UserId user, Sealed sealed) {
        byte[] granted = sealed.grantKey;
        if (granted == null) {
            throw new SnagrDataException.Unreadable();
        }
        GrantContext context = GrantContext.of(
                user,
                sealed.match.searchId(),
                sealed.externalListingId,
                sealed.match.id(),
                sealed.payment,
                sealed.seller.bytes,
                sealed.listingUrl.bytes);
        try (MatchKey key = subjectKey(user, sealed.seller).open(context, granted)) {
            return revealed(
                    sealed,
                    key.open(sealed.sellerContext(user), sealed.seller.bytes),
                    key.open(sealed.urlContext(user), sealed.listingUrl.bytes));
        }
    }

    /** Opens what was sealed before there were batches: under the user's own key. */
    private RevealedMatch openOfOld(UserId user, Sealed sealed) {
        return revealed(
                sealed,
                subjectKey(user, sealed.seller).open(sealed.sellerContext(user), sealed.seller.bytes),
                subjectKey(user, sealed.listingUrl).open(sealed.urlContext(user), sealed.listingUrl.bytes));
    }

    private static RevealedMatch revealed(Sealed sealed, byte[] seller, byte[] url) {
        return new RevealedMatch(sealed.match, Sensitive.of(SellerInfoJson.read(seller)), Sensitive.of(address(url)));
    }

    private static WebUrl address(byte[] utf8) {
        try {
            return new WebUrl(new String(utf8, StandardCharsets.UTF_8));
        } catch (SnagrDataException.InvalidInput damaged) {
            throw new SnagrDataException.Unreadable();
        }
    }

    private SubjectKey subjectKey(UserId user, SealedValue value) {
        byte[] wrapped = value.wrappedKey;
        if (wrapped == null) { // the key is gone, or the bytes name another one
            throw new SnagrDataException.Unreadable();
        }
        return subjectKeys.open(user, value.keyId, SubjectKeys.wrapped(value.wrappedBy, wrapped));
    }

    private static SnagrDataException notUnlocked(MatchId matchId) {
        return new SnagrDataException.Denied(
                ErrorCode.NOT_UNLOCKED, "Match " + matchId + " has no standing unlock of this user: pay for it first");
    }

    /** The id of the key under which the value was sealed: bytes 5 to 8 of the record. */
    private static String keyIdOf(String sealed) {
        return "('x' || encode(substring(%s from 5 for 4), 'hex'))::bit(32)::int".formatted(sealed);
    }

    private static Unlock unlock(ResultSet row, int first) throws SQLException {
        return new Unlock(
                new UnlockId(Rows.uuid(row, first)),
                new UserId(Rows.uuid(row, first + 1)),
                new MatchId(Rows.uuid(row, first + 2)),
                new PaymentId(Rows.uuid(row, first + 3)),
                Rows.instant(row, first + 4),
                row.getString(first + 5));
    }

    /** What one look at a match and its payment decided; the names are those of the statement. */
    private enum Outcome {
        UNLOCKED,
        NO_MATCH,
        MISMATCH,
        WRONG_STATE,
        ALREADY_UNLOCKED,
        /** The id of payment or event is stored, but not to be seen: by a transaction that has just ended, or for another user. */
        TAKEN,
        /** Something was changed since the look began. */
        UNSETTLED
    }

    private record Look(Outcome outcome, @Nullable Unlock unlock) {}

    /**
     * A sealed value and the row of its key.
     *
     * @param wrappedKey absent if there is no such key
     */
    @SuppressWarnings("ArrayRecordComponent") // carries a row, is never compared
    private record SealedValue(byte[] bytes, int keyId, int wrappedBy, byte @Nullable [] wrappedKey) {}

    /** @param grantKey absent in an unlock of what was sealed before there were batches */
    @SuppressWarnings("ArrayRecordComponent") // carries a row, is never compared
    private record Sealed(
            Match match,
            String externalListingId,
            SealedValue seller,
            SealedValue listingUrl,
            PaymentId payment,
            byte @Nullable [] grantKey) {
        FieldContext sellerContext(UserId user) {
            return FieldContext.seller(user, match.searchId(), externalListingId);
        }

        FieldContext urlContext(UserId user) {
            return FieldContext.listingUrl(user, match.searchId(), externalListingId);
        }
    }

    /**
     * A match that has a batch and no standing unlock, with all that opens it.
     *
     * @param payment the one that is known by this id of Stripe; absent if there is none
     */
    @SuppressWarnings("ArrayRecordComponent") // carries a row, is never compared
    private record Locked(
            SearchId search,
            String externalListingId,
            byte[] seller,
            byte[] listingUrl,
            UUID batchId,
            byte[] batch,
            LockKey lock,
            int keyId,
            WrappedKey wrapped,
            @Nullable UUID payment) {}

    /**
     * What an unlock is stored with.
     *
     * @param payment the id that the payment has, or gets
     * @param batch absent, as the key, if there is nothing to grant
     */
    @SuppressWarnings("ArrayRecordComponent") // is never compared
    private record Grant(UUID payment, @Nullable UUID batch, byte @Nullable [] key) {
        static Grant none() {
            return new Grant(Ids.next(), null, null);
        }
    }
}

package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.NewPayment;
import ai.snagr.data.payment.Payment;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.payment.PaymentRepository;
import ai.snagr.data.payment.PaymentStatus;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.user.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

final class JdbiPaymentRepository implements PaymentRepository {
    private static final String COLUMNS =
            "id, user_id, match_id, stripe_payment_id, amount_minor, currency, status, created_at, completed_at";

    private static final RowMapper<Payment> PAYMENT = (row, context) -> payment(row);

    private static final RowMapper<Begun> BEGUN =
            (row, context) -> new Begun(Rows.uuid(row, 1) == null ? null : payment(row), row.getBoolean(10));

    private static final String CREATE = """
            with bought as (
              select id
              from snagr.matches
              where user_id = :userId and id = :matchId
            ),
            made as (
              insert into snagr.payments (user_id, id, match_id, stripe_payment_id, amount_minor, currency, status)
              select :userId, :id, bought.id, :stripeId, :amountMinor, :currency, 'pending'
              from bought
              on conflict (stripe_payment_id) do nothing
              returning %1$s
            ),
            stored as (
              select %1$s from made
              union all
              select %1$s
              from snagr.payments
              where user_id = :userId and stripe_payment_id = :stripeId
            )
            select stored.*, exists (select from bought)
            from (values (1)) one
            left join stored on true""".formatted(COLUMNS);

    private static final String BY_ID = """
            select %s
            from snagr.payments
            where user_id = :userId and id = :id""".formatted(COLUMNS);

    private static final String BY_STRIPE_ID = """
            select %s
            from snagr.payments
            where user_id = :userId and stripe_payment_id = :stripeId""".formatted(COLUMNS);

    private static final NewestFirst<Payment> LIST = new NewestFirst<>(
            "payments.list",
            new PagedSql(
                    """
                    select %s
                    from snagr.payments
                    where user_id = :userId""".formatted(COLUMNS),
                    "and (created_at, id) < (:afterAt, :afterId)",
                    "order by created_at desc, id desc"),
            PAYMENT,
            payment -> ListId.Position.at(payment.createdAt(), payment.id().value()));

    private static final String FAIL = step("pending", "failed");

    // The unlock is closed by the statement that read the payment as completed: one that is completed after the
    // snapshot of this statement is not refunded by it, so no unlock is overlooked.
    private static final String BEGIN_REFUND = """
            with refunded as (
              %s
            ),
            closed as (
              update snagr.unlocks
              set revoked_at = now(), grant_key = null
              from refunded
              where unlocks.user_id = :userId and unlocks.payment_id = refunded.id and unlocks.revoked_at is null
            )
            select %s from refunded""".formatted(step("completed", "refund_pending"), COLUMNS);

    private static final String COMPLETE_REFUND = step("refund_pending", "refunded");

    private final Caller caller;

    JdbiPaymentRepository(Caller caller) {
        this.caller = caller;
    }

    @Override
    public Payment create(NewPayment payment) {
        UserId user = caller.user("payments.create");
        UUID id = Ids.next();
        Begun begun = begin(user, id, payment);
        if (begun.payment == null && begun.matchFound) {
            // Stored by another transaction since the snapshot, and now to be seen; or never, as it is another user's.
            begun = begin(user, id, payment);
        }
        if (!begun.matchFound) {
            throw Missing.row("match", payment.matchId());
        }
        Payment stored = begun.payment;
        if (stored == null
                || !payment.matchId().equals(stored.matchId())
                || !payment.amount().equals(stored.amount())) {
            throw mismatch();
        }
        return stored;
    }

    private Begun begin(UserId user, UUID id, NewPayment payment) {
        return caller.run(
                "payments.create",
                handle -> handle.createQuery(CREATE)
                        .bind("userId", user.value())
                        .bind("id", id)
                        .bind("matchId", payment.matchId().value())
                        .bind("stripeId", payment.stripeId().value())
                        .bind("amountMinor", payment.amount().minorUnits())
                        .bind("currency", payment.amount().currency())
                        .map(BEGUN)
                        .one());
    }

    @Override
    public Optional<Payment> find(PaymentId id) {
        UserId user = caller.user("payments.find");
        return caller.run(
                "payments.find",
                handle -> handle.createQuery(BY_ID)
                        .bind("userId", user.value())
                        .bind("id", id.value())
                        .map(PAYMENT)
                        .findOne());
    }

    @Override
    public Payment get(PaymentId id) {
        return find(id).orElseThrow(() -> Missing.row("payment", id));
    }

    @Override
    public Optional<Payment> findByStripeId(StripePaymentId stripeId) {
        UserId user = caller.user("payments.findByStripeId");
        return caller.run("payments.findByStripeId", handle -> byStripeId(handle, BY_STRIPE_ID, user, stripeId));
    }

    @Override
    public Slice<Payment> list(Page page) {
        UserId user = caller.user("payments.list");
        return LIST.read(caller, page, Map.of("userId", user.value()));
    }

    @Override
    public Payment fail(StripePaymentId stripeId) {
        return change("payments.fail", FAIL, stripeId, "is not pending, so it cannot fail");
    }

    @Override
    public Payment beginRefund(StripePaymentId stripeId) {
        return change("payments.beginRefund", BEGIN_REFUND, stripeId, "is not completed, so it cannot be given back");
    }

    @Override
    public Payment completeRefund(StripePaymentId stripeId) {
        return change(
                "payments.completeRefund",
                COMPLETE_REFUND,
                stripeId,
                "has no refund under way: begin the refund first");
    }

    private Payment change(String operation, String sql, StripePaymentId stripeId, String wrongState) {
        UserId user = caller.user(operation);
        return caller.run(operation, handle -> byStripeId(handle, sql, user, stripeId))
                .orElseThrow(() -> findByStripeId(stripeId)
                        .<SnagrDataException>map(payment -> new SnagrDataException.Conflict(
                                ErrorCode.WRONG_STATE, "Payment " + payment.id() + " " + wrongState))
                        .orElseGet(() -> Missing.row("payment with the Stripe id", stripeId.value())));
    }

    private static Optional<Payment> byStripeId(Handle handle, String sql, UserId user, StripePaymentId stripeId) {
        return handle.createQuery(sql)
                .bind("userId", user.value())
                .bind("stripeId", stripeId.value())
                .map(PAYMENT)
                .findOne();
    }

    /** The one answer for a Stripe id that stands for something else, whoever it belongs to. */
    static SnagrDataException mismatch() {
        return new SnagrDataException.Conflict(
                ErrorCode.PAYMENT_MISMATCH,
                "The ids of this payment or its event are known with another amount, currency, match or user, or it was paid"
                        + " for these: nothing was stored; check with Stripe what was paid for");
    }

    /** One step of a payment. A payment that has made it stays as it is, so that the step can be repeated. */
    private static String step(String from, String to) {
        return """
            update snagr.payments
            set status = '%2$s', updated_at = case when status = '%2$s' then updated_at else now() end
            where user_id = :userId and stripe_payment_id = :stripeId and status in ('%1$s', '%2$s')
            returning %3$s""".formatted(from, to, COLUMNS);
    }

    private static Payment payment(ResultSet row) throws SQLException {
        UUID matchId = Rows.uuid(row, 3);
        return new Payment(
                new PaymentId(Rows.uuid(row, 1)),
                new UserId(Rows.uuid(row, 2)),
                matchId == null ? null : new MatchId(matchId),
                new StripePaymentId(row.getString(4)),
                new Money(row.getLong(5), row.getString(6)),
                Rows.constant(row, 7, PaymentStatus.class),
                Rows.instant(row, 8),
                Rows.instantOrNull(row, 9));
    }

    /**
     * What one look at the beginning of a payment found.
     *
     * @param payment made now or before; absent if it is not visible
     */
    private record Begun(@Nullable Payment payment, boolean matchFound) {}
}

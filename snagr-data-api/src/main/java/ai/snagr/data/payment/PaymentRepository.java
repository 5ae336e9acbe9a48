package ai.snagr.data.payment;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import java.util.Optional;

/** The payments of the user that the actor stands for: that user, or PAYMENTS on his behalf. */
public interface PaymentRepository {
    /**
     * The stored payment, pending. Repeating the call with the same Stripe id, match and amount returns the payment as it
     * stands.
     *
     * @throws SnagrDataException NOT_FOUND if the user has no such match; PAYMENT_MISMATCH if the Stripe id is known with
     *     another amount, currency, match or user
     */
    Payment create(NewPayment payment);

    /** The payment, or empty if the actor sees none with this id. */
    Optional<Payment> find(PaymentId id);

    /**
     * The payment.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this id
     */
    Payment get(PaymentId id);

    /** The payment with this Stripe id, or empty if the actor sees none. */
    Optional<Payment> findByStripeId(StripePaymentId stripeId);

    /**
     * The user's payments, newest first; an empty slice when there are none.
     *
     * @return ordered by (createdAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list
     */
    Slice<Payment> list(Page page);

    /**
     * The payment, failed. Repeating it changes nothing. For PAYMENTS.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this Stripe id; WRONG_STATE unless it is pending
     */
    @CanIgnoreReturnValue
    Payment fail(StripePaymentId stripeId);

    /**
     * The payment, about to be given back. What it unlocked is closed in the same statement. Repeating it changes
     * nothing. For PAYMENTS.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this Stripe id; WRONG_STATE unless it is completed
     */
    @CanIgnoreReturnValue
    Payment beginRefund(StripePaymentId stripeId);

    /**
     * The payment, given back. Repeating it changes nothing. For PAYMENTS.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this Stripe id; WRONG_STATE unless its refund has
     *     begun
     */
    @CanIgnoreReturnValue
    Payment completeRefund(StripePaymentId stripeId);
}

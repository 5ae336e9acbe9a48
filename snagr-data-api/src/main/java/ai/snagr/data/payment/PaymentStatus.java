package ai.snagr.data.payment;

/** Where a payment stands. */
public enum PaymentStatus {
    PENDING,
    COMPLETED,
    FAILED,
    /** To be given back; what it unlocked is closed already. */
    REFUND_PENDING,
    REFUNDED
}

package ai.snagr.data.audit;

/** What was done. */
public enum AuditAction {
    /** Seller and address of a match were opened. */
    REVEAL,
    /** A statement of an admin. */
    ADMIN_STATEMENT
}

package ai.snagr.data.audit;

/** What was done. */
public enum AuditAction {
    /** Seller and address of a match were opened; or were not, for want of a standing unlock. */
    REVEAL,
    /** Something was read that its role sees of others, or that opens an account: the object says what. */
    SENSITIVE_READ,
    /** A statement of an admin. */
    ADMIN_STATEMENT,
    /** An actor was refused before he could say a statement, such as an admin without a proof. */
    ACCESS,
    /** A user's key was made. */
    KEY_CREATED,
    /** A script changed the schema. */
    SCHEMA_CHANGE,
    /** The data of one person were put together for him. */
    DATA_EXPORT,
    /** An unencrypted connection was allowed by a setting. */
    PLAINTEXT_ALLOWED,
    /** The audit trail itself was exported. */
    TRAIL_EXPORT,
    /** Something that this version of the library does not know: a newer one that serves beside it wrote it. */
    OTHER
}

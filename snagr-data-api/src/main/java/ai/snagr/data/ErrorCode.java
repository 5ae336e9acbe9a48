package ai.snagr.data;

/** What went wrong, for programs to branch on. Messages are for people and may change; codes do not. */
public enum ErrorCode {
    /** A value breaks the rules of its type; {@link SnagrDataException.InvalidInput#problems()} lists them all. */
    INVALID_INPUT,
    /** A cursor is damaged, or belongs to another list, filter or user. */
    INVALID_CURSOR,
    /** A position in the feed of changes is damaged, or is from another actor's feed. */
    INVALID_POSITION,
    /** The actor sees no such row: it does not exist, or belongs to somebody else. The two are not told apart. */
    NOT_FOUND,
    /** This e-mail address cannot be registered. Deliberately not said: whether an account has it, or in which state. */
    EMAIL_UNAVAILABLE,
    /** A row with this natural key exists already. */
    ALREADY_EXISTS,
    /** The same key stands more than once in one bulk write; nothing was written. */
    DUPLICATE_IN_BATCH,
    /** A payment does not fit: its Stripe id is known with another amount, currency, match or user, or it was paid for them. */
    PAYMENT_MISMATCH,
    /** A webhook is forged, altered, too late or too early, of the other mode, or damaged: answer 400, store nothing. */
    WEBHOOK_REFUSED,
    /** The match was unlocked by another payment; this one was not recorded and should be given back. */
    ALREADY_UNLOCKED,
    /** The match has no standing unlock of this user, so nothing is revealed. */
    NOT_UNLOCKED,
    /** The row is not in a state that allows this step. */
    WRONG_STATE,
    /** The lease has ended or was taken over by another worker; its work must be dropped. */
    LEASE_LOST,
    /** The actor's database role may not do this. */
    ACCESS_DENIED,
    /** The admin's proof was refused or has expired: let him verify himself again, and open a session with the new proof. */
    PROOF_REQUIRED,
    /** This call needs to know whose rows are meant: use {@code Actor.user} or {@code onBehalfOf}. */
    USER_REQUIRED,
    /** A sealed value did not open. By design nothing more is said. */
    UNREADABLE,
    /** A setting is wrong or does not fit the server; the message says which and what to change. */
    CONFIGURATION,
    /** The database's schema and this version of the library do not fit. */
    SCHEMA_MISMATCH,
    /** Too slow: the statement or the wait for a connection reached its limit. */
    TIMEOUT,
    /** The actor has done this too often; {@link SnagrDataException.RateLimited#retryAfter()} says how long to wait. */
    RATE_LIMITED,
    /** The transaction lost against a concurrent one (deadlock, serialization) and was rolled back. */
    CONCURRENT_UPDATE,
    /** No server answers, or it is shutting down. */
    UNAVAILABLE,
    /** Something that should not happen; please report it with the message. */
    INTERNAL
}

package ai.snagr.data.spi;

/**
 * What a key encryption key is for. A process is given the keys of those purposes that it needs, and no others: what was
 * wrapped for one purpose does not open under the key of another.
 */
public enum KeyPurpose {
    /** Wraps the keys of the users. */
    SUBJECT,
    /** Wraps the private half of a lock key, which opens what was paid for. Only the process that takes payments needs it. */
    LOCK,
    /** Wraps the keys of the blind indexes. */
    INDEX,
    /** Wraps the key under which a shared cache keeps its values. */
    CACHE,
    /** Wraps the key under which the audit trail makes the pseudonyms of users. */
    AUDIT
}

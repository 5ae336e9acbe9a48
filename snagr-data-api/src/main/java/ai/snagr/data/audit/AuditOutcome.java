package ai.snagr.data.audit;

/** What became of an act. */
public enum AuditOutcome {
    /** It was done; the event and the act were committed together. */
    SUCCEEDED,
    /** It was about to be done, in a transaction that may have been rolled back afterwards. */
    ATTEMPTED,
    /** It was not allowed, and did not happen. */
    REFUSED,
    /** It was allowed and went wrong. */
    FAILED
}

package ai.snagr.data;

/** The background services, each with the database role that holds exactly the privileges it needs. */
public enum ServiceRole {
    /** Registers users and looks one up for a login. */
    AUTH,
    /** Claims jobs and writes their matches. */
    MATCHER,
    /** Completes payments, unlocks and refunds, on behalf of one user. */
    PAYMENTS,
    /** Writes, leases and acknowledges notifications; reads the recipient's preferences and address. */
    NOTIFIER,
    /** Starts the saved searches that are due. */
    WORKER,
    /** Reads the audit trail. */
    AUDITOR,
    /** Follows the changes of all users, ids only: for caches and whatever else is derived. */
    FEED
}

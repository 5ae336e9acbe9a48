package ai.snagr.data.user;

/** Whether an account may be used. */
public enum UserStatus {
    ACTIVE,
    /** Switched off by an operator; nothing of it is lost. */
    INACTIVE,
    /** Deletion was asked for; it may no longer be used. */
    DELETED
}

package ai.snagr.data.notification;

/** Where a notification stands. */
public enum NotificationStatus {
    PENDING,
    SENT,
    /** Given up. */
    FAILED
}

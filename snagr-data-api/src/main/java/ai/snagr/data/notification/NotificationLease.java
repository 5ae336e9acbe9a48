package ai.snagr.data.notification;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.UUID;

/**
 * The right to send one notification, until it ends.
 *
 * @param token which claim this is
 * @param attempt 1 for the first try
 * @param expiresAt when others may claim it, by the database's clock
 */
public record NotificationLease(Notification notification, UUID token, int attempt, Instant expiresAt) {
    public NotificationLease {
        requireNonNull(notification, "notification");
        requireNonNull(token, "token");
        requireNonNull(expiresAt, "expiresAt");
    }
}

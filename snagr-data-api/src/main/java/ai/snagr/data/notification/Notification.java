package ai.snagr.data.notification;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.preference.Channel;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message to a user.
 *
 * @param content personal, so {@code toString} does not print it
 * @param sentAt when it was handed over; absent before
 */
public record Notification(
        NotificationId id,
        UserId userId,
        SearchId searchId,
        Channel channel,
        NotificationStatus status,
        String content,
        Instant createdAt,
        @Nullable Instant sentAt) {
    public Notification {
        requireNonNull(id, "id");
        requireNonNull(userId, "userId");
        requireNonNull(searchId, "searchId");
        requireNonNull(channel, "channel");
        requireNonNull(status, "status");
        requireNonNull(content, "content");
        requireNonNull(createdAt, "createdAt");
    }

    @Override
    public String toString() {
        return "Notification[id=" + id + ", userId=" + userId + ", searchId=" + searchId + ", channel=" + channel
                + ", status=" + status + ", createdAt=" + createdAt + ", sentAt=" + sentAt + "]";
    }
}

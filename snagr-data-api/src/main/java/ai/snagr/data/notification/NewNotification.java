package ai.snagr.data.notification;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;

/**
 * A message to be sent.
 *
 * @param content 1 to 10,000 characters, without a card number; personal, so {@code toString} does not print it
 */
public record NewNotification(UserId userId, SearchId searchId, Channel channel, String content) {
    public NewNotification {
        requireNonNull(userId, "userId");
        requireNonNull(searchId, "searchId");
        requireNonNull(channel, "channel");
        requireNonNull(content, "content");
        Check.of(NewNotification.class)
                .text(content, "content", 10_000)
                .noCardNumber(content, "content")
                .done();
    }

    @Override
    public String toString() {
        return "NewNotification[userId=" + userId + ", searchId=" + searchId + ", channel=" + channel + "]";
    }
}

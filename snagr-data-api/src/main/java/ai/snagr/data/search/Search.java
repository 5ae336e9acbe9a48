package ai.snagr.data.search;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.user.UserId;
import java.time.Instant;

/**
 * What a user is looking for.
 *
 * @param queryText what the user wrote; personal, so {@code toString} does not print it
 * @param lastActivityAt when the user last touched it; unused searches are archived by it
 */
public record Search(
        SearchId id,
        UserId userId,
        String queryText,
        SearchParameters parameters,
        Instant lastActivityAt,
        Instant createdAt) {
    public Search {
        requireNonNull(id, "id");
        requireNonNull(userId, "userId");
        requireNonNull(queryText, "queryText");
        requireNonNull(parameters, "parameters");
        requireNonNull(lastActivityAt, "lastActivityAt");
        requireNonNull(createdAt, "createdAt");
    }

    @Override
    public String toString() {
        return "Search[id=" + id + ", userId=" + userId + ", queryText=[sensitive], parameters=" + parameters
                + ", lastActivityAt=" + lastActivityAt + ", createdAt=" + createdAt + "]";
    }
}

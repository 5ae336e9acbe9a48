package ai.snagr.data.search;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.user.UserId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A search that runs again and again.
 *
 * @param lastRunAt when its newest job was created by the schedule; absent before the first
 * @param nextRunAt when it is due next; it runs only while active
 */
public record SavedSearch(
        SavedSearchId id,
        UserId userId,
        SearchId searchId,
        SavedSearchStatus status,
        Frequency frequency,
        @Nullable Instant lastRunAt,
        Instant nextRunAt,
        Instant createdAt) {
    public SavedSearch {
        requireNonNull(id, "id");
        requireNonNull(userId, "userId");
        requireNonNull(searchId, "searchId");
        requireNonNull(status, "status");
        requireNonNull(frequency, "frequency");
        requireNonNull(nextRunAt, "nextRunAt");
        requireNonNull(createdAt, "createdAt");
    }
}

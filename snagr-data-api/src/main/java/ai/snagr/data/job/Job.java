package ai.snagr.data.job;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One background execution of a search.
 *
 * @param origin what made it
 * @param error why the last try failed; absent when none did
 * @param retryCount how many tries have failed so far
 * @param startedAt when the newest try began; absent before the first
 * @param completedAt when it was completed or given up; absent before
 */
public record Job(
        JobId id,
        UserId userId,
        SearchId searchId,
        JobStatus status,
        JobOrigin origin,
        int retryCount,
        @Nullable String error,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant completedAt) {
    public Job {
        requireNonNull(id, "id");
        requireNonNull(userId, "userId");
        requireNonNull(searchId, "searchId");
        requireNonNull(status, "status");
        requireNonNull(origin, "origin");
        requireNonNull(createdAt, "createdAt");
    }
}

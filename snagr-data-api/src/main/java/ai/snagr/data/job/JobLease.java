package ai.snagr.data.job;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import java.util.UUID;

/**
 * The right to work on one job, until it ends. Every step of the work presents it, so a worker that was too slow cannot
 * write over the one that took the job after him.
 *
 * @param token which claim this is
 * @param attempt 1 for the first try
 * @param expiresAt when others may claim the job, by the database's clock
 */
public record JobLease(JobId jobId, UserId userId, SearchId searchId, UUID token, int attempt, Instant expiresAt) {
    public JobLease {
        requireNonNull(jobId, "jobId");
        requireNonNull(userId, "userId");
        requireNonNull(searchId, "searchId");
        requireNonNull(token, "token");
        requireNonNull(expiresAt, "expiresAt");
    }
}

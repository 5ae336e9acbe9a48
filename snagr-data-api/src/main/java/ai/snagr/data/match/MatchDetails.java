package ai.snagr.data.match;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.job.JobId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One match with what lists leave out. Still without seller and address, and without the marketplace's id of the listing,
 * from which its address can often be told.
 *
 * @param jobId the job that wrote it last
 */
public record MatchDetails(
        Match match, JobId jobId, @Nullable String description, Instant createdAt, Instant updatedAt) {
    public MatchDetails {
        requireNonNull(match, "match");
        requireNonNull(jobId, "jobId");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    @Override
    public String toString() {
        return "MatchDetails[match=" + match + ", jobId=" + jobId + ", description="
                + (description == null ? "null" : description.length() + " characters") + ", createdAt=" + createdAt
                + ", updatedAt=" + updatedAt + "]";
    }
}

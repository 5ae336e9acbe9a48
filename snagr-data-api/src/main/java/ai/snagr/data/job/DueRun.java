package ai.snagr.data.job;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.search.SavedSearchId;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;

/** A run of a saved search that was started: the job was created, pending. */
public record DueRun(SavedSearchId savedSearchId, UserId userId, SearchId searchId, JobId jobId) {
    public DueRun {
        requireNonNull(savedSearchId, "savedSearchId");
        requireNonNull(userId, "userId");
        requireNonNull(searchId, "searchId");
        requireNonNull(jobId, "jobId");
    }
}

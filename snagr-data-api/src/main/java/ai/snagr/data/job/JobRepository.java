package ai.snagr.data.job;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import ai.snagr.data.search.SearchId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Jobs. A user sees his own; MATCHER claims and ends those of all users; WORKER starts what is due. */
public interface JobRepository {
    /** How many tries a job has before it is given up. */
    int MAX_ATTEMPTS = 5;

    /** The job, or empty if the actor sees none with this id. */
    Optional<Job> find(JobId id);

    /**
     * The job.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this id
     */
    Job get(JobId id);

    /**
     * The jobs of one of the user's searches, newest first; an empty slice when there are none.
     *
     * @return ordered by (createdAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list
     */
    Slice<Job> listBySearch(SearchId searchId, Page page);

    /**
     * A new pending job that runs the user's search again. For the user.
     *
     * @throws SnagrDataException NOT_FOUND if the user has no such search
     */
    Job rerun(SearchId searchId);

    /**
     * Starts what is due: each active saved search whose next run has come, longest overdue first, gets one new pending
     * job and its next run in the future, in one statement. Any number of nodes may call this at once; a run is started
     * by exactly one of them. For WORKER.
     *
     * @param limit 1 to 1,000
     * @return what was started; empty when nothing is due
     */
    List<DueRun> startDue(int limit);

    /**
     * Leases jobs that wait, or whose worker fell silent, longest waiting first, skipping those that other nodes are
     * claiming. A job whose last try fell silent too is given up instead. For MATCHER.
     *
     * @param lease 1 second to 24 hours
     * @param limit 1 to 1,000
     * @return one lease per job; empty when nothing waits
     */
    List<JobLease> claim(Duration lease, int limit);

    /**
     * The same lease, lasting that much longer from now. For MATCHER.
     *
     * @param lease 1 second to 24 hours
     * @throws SnagrDataException LEASE_LOST if the job was claimed by another or ended
     */
    JobLease extend(JobLease current, Duration lease);

    /**
     * The job, completed. For MATCHER.
     *
     * @throws SnagrDataException LEASE_LOST if the job was claimed by another or ended otherwise
     */
    @CanIgnoreReturnValue
    Job complete(JobLease lease);

    /**
     * The job: pending again with the pause, or failed if the failure is permanent or this was try {@value #MAX_ATTEMPTS}.
     * For MATCHER.
     *
     * @throws SnagrDataException LEASE_LOST if the job was claimed by another or ended otherwise
     */
    @CanIgnoreReturnValue
    Job fail(JobLease lease, JobFailure failure);

    /**
     * Jobs that were given up, newest first; an empty slice when there are none. For MATCHER.
     *
     * @return ordered by (completedAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list
     */
    Slice<Job> listFailed(Page page);
}

package ai.snagr.data.job;

/** Where a job stands. */
public enum JobStatus {
    /** Waits to be claimed, at once or after a pause that follows a failed try. */
    PENDING,
    /** Leased by a worker. When the lease ends without a word from him, it can be claimed again. */
    RUNNING,
    COMPLETED,
    /** Given up: failed for good, or out of tries. */
    FAILED
}

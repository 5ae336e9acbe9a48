package ai.snagr.data.job;

/** What made a job. */
public enum JobOrigin {
    /** The search itself, when it was created. */
    FIRST_RUN,
    /** The schedule of a saved search, or a user who asked for fresh results. */
    RERUN
}

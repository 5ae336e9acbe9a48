package ai.snagr.data.search;

/** How often a saved search runs. */
public enum Frequency {
    /** Every 24 hours. */
    DAILY,
    /** Every 7 days. */
    WEEKLY
}

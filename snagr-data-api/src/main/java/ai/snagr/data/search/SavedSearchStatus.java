package ai.snagr.data.search;

/** Whether a saved search runs. */
public enum SavedSearchStatus {
    ACTIVE,
    PAUSED
}

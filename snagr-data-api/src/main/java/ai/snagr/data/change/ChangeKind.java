package ai.snagr.data.change;

/** What kind of rows changed, and what the keys of such a change are. */
public enum ChangeKind {
    /** The user's account. No keys. */
    USERS,
    /** The user's keys were destroyed: what was sealed for him opens no more. No keys. */
    SUBJECT_KEYS,
    /** The user's preferences. No keys. */
    USER_PREFERENCES,
    /** Searches; the keys are their ids. */
    SEARCHES,
    /** Saved searches; the keys are the ids of the searches that are saved. */
    SAVED_SEARCHES,
    /** Matches; the keys are the ids of the searches that they are in. */
    MATCHES,
    /** Unlocks; the keys are the ids of the unlocked matches. */
    UNLOCKS
}

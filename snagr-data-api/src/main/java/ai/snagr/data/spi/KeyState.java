package ai.snagr.data.spi;

/** What may be done with one version of a key encryption key. */
public enum KeyState {
    /** It wraps and unwraps. */
    ENABLED,
    /** It does neither, until it is enabled again. */
    DISABLED,
    /** It does neither, and is destroyed at a time that its holder has fixed. */
    DESTRUCTION_SCHEDULED,
    /** It is gone, and with it what was wrapped by it. */
    DESTROYED
}

package ai.snagr.data.preference;

/** A way to reach a user. */
public enum Channel {
    EMAIL,
    SMS
}

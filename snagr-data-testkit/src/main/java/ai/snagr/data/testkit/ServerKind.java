package ai.snagr.data.testkit;

/** Where a server of the tests comes from. */
public enum ServerKind {
    /** A container, started through Testcontainers. */
    DOCKER,
    /** A process, started from binaries on the class path. */
    EMBEDDED,
    /** A server that was there already, named by its address. */
    EXTERNAL
}

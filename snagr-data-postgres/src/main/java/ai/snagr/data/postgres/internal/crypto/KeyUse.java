package ai.snagr.data.postgres.internal.crypto;

/** What a key that is derived from a user's key is for. */
interface KeyUse {
    /** The info by which it is derived; no two uses have the same. */
    byte[] info();
}

package ai.snagr.data.postgres;

/**
 * What an instance may do with seller and address of matches, which are sealed until they are paid for. Each needs other
 * keys, so that a process that is given one capability, and only the keys for it, cannot have another.
 */
public enum Capability {
    /**
     * Writes matches, and cannot read back what it wrote. Needs the keys for the purpose SUBJECT of its {@code
     * KeyProvider}, and a lock key in the database, which a process with UNLOCK makes when it starts.
     */
    WRITE_MATCHES,
    /** Reveals matches that were unlocked, and no others. Needs the keys for the purpose SUBJECT. */
    READ,
    /** Unlocks a match for a verified payment. Needs the keys for the purposes SUBJECT and LOCK. */
    UNLOCK
}

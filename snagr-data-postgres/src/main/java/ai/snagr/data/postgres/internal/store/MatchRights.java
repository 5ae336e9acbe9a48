package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.Capability;
import ai.snagr.data.postgres.internal.crypto.LockOpener;
import ai.snagr.data.postgres.internal.crypto.LockPublicKey;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this process may do with the sealed values of matches.
 *
 * @param opener absent in a process that unlocks nothing
 * @param trusted fingerprints of the lock keys that may be sealed to; empty if any
 * @param newest the lock key as it was at the start; empty if there was none
 */
public record MatchRights(
        Set<Capability> capabilities,
        @Nullable LockOpener opener,
        Set<String> trusted,
        Optional<LockPublicKey> newest) {
    public MatchRights {
        capabilities = Set.copyOf(capabilities);
        trusted = Set.copyOf(trusted);
    }

    /** Returns, or throws CONFIGURATION. */
    void require(Capability capability, String operation) {
        if (!capabilities.contains(capability)) {
            throw missing(capability, operation);
        }
    }

    /** @throws SnagrDataException CONFIGURATION if this process unlocks nothing */
    LockOpener opener(String operation) {
        return Optional.ofNullable(opener).orElseThrow(() -> missing(Capability.UNLOCK, operation));
    }

    /** Returns, or throws CONFIGURATION. */
    public void requireTrusted(LockPublicKey lock) {
        if (!trusted.isEmpty() && !trusted.contains(lock.fingerprint())) {
            throw new SnagrDataException.Misconfigured("Version " + lock.version()
                    + " of the lock key has the fingerprint "
                    + lock.fingerprint() + ", which is not among lockKeys(…) of the builder: add it if the process that"
                    + " unlocks made it; else somebody has put it into snagr.lock_keys to read what is sealed");
        }
    }

    private static SnagrDataException missing(Capability capability, String operation) {
        return new SnagrDataException.Misconfigured(operation + " needs the capability " + capability
                + ", without which this instance was built: call it in a process that has it, or add it to capabilities(…)"
                + " of the builder");
    }
}

package ai.snagr.data.testkit.internal;

import ai.snagr.data.Actor;
import ai.snagr.data.AdminProof;
import java.time.Instant;
import java.util.Optional;

/** The gate of every store that the tests are given: it knows one proof, for any admin, as verified now. */
public final class TestAdmins {
    public static final AdminProof PROOF = new AdminProof("of the tests");

    private TestAdmins() {}

    public static Optional<Instant> verify(Actor.AdminActor admin) {
        return admin.proof().equals(PROOF) ? Optional.of(Instant.now()) : Optional.empty();
    }
}

package ai.snagr.data.postgres;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.spi.AdminGate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Who becomes an admin, and until when. The policies of the database know {@link #LONGEST_VALIDITY} as well. */
record Admissions(AdminGate gate, Duration validity) {
    static final Duration DEFAULT_VALIDITY = Duration.ofMinutes(15);
    private static final Duration LONGEST_VALIDITY = Duration.ofHours(1);

    Admissions {
        requireNonNull(gate, "gate");
        requireNonNull(validity, "validity");
        if (validity.compareTo(Duration.ofSeconds(1)) < 0 || validity.compareTo(LONGEST_VALIDITY) > 0) {
            throw new SnagrDataException.InvalidInput(
                    "PostgresSnagrData",
                    List.of(new Problem("admins.validity", "must be between 1 second and 1 hour")));
        }
    }

    /**
     * The context of that admin, until his proof expires.
     *
     * @throws SnagrDataException PROOF_REQUIRED if the gate refuses the proof, or verified it too long ago
     */
    ActorContext admit(Actor.AdminActor admin) {
        Instant verified = gate.verify(admin).orElseThrow(() -> refusal("was refused"));
        Instant now = Instant.now();
        Instant expiry = (verified.isAfter(now) ? now : verified).plus(validity);
        ActorContext context = ActorContext.of(admin, expiry);
        if (context.expired()) {
            throw refusal("was verified more than " + validity.toSeconds() + " seconds ago");
        }
        return context;
    }

    private static SnagrDataException refusal(String what) {
        return new SnagrDataException.Denied(
                ErrorCode.PROOF_REQUIRED,
                "The proof of this admin " + what + ": let him verify himself again, and open a session with"
                        + " Actor.admin(id, reason, proof)");
    }
}

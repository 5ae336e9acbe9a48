package ai.snagr.data.spi;

import ai.snagr.data.Actor;
import java.time.Instant;
import java.util.Optional;

/**
 * How the host checks the proof that an admin gives beyond his login, such as a second factor. Asked once for each session
 * of an admin, by several threads at once.
 */
@FunctionalInterface
public interface AdminGate {
    /**
     * When the proof was verified, which is when the time begins for which it counts: now for a code that was checked here,
     * earlier for a token that says when its owner verified himself. Empty if it is not this admin's proof, or was used
     * before. What it throws, the host sees as it is, and no session is opened.
     */
    Optional<Instant> verify(Actor.AdminActor admin);
}

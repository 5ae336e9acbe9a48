package ai.snagr.data;

/** The door to the data: a {@link Session} for an {@link Actor}. Thread-safe; opened once per process and closed at its end. */
public interface SnagrData extends AutoCloseable {
    /**
     * A session in which every statement runs as the actor, under row-level security. Costs nothing until it is used,
     * holds no connection between calls, needs no closing, and may be shared by threads.
     *
     * <p>That of an admin ends when his proof expires; its calls then fail with PROOF_REQUIRED.
     *
     * @throws SnagrDataException CONFIGURATION if this instance was built without the actor's role; PROOF_REQUIRED if an
     *     admin's proof is refused or too old
     */
    Session as(Actor actor);

    /**
     * The same session, whose acts stand in the audit trail with that request.
     *
     * @throws SnagrDataException CONFIGURATION if this instance was built without the actor's role
     */
    Session as(Actor actor, RequestId request);

    /** Gives back every connection and thread. Sessions made before fail with UNAVAILABLE afterwards. */
    @Override
    void close();
}

package ai.snagr.data.change;

import java.util.Optional;

/** A listener that is being told of changes, until this or the {@code SnagrData} it came from is closed. */
public interface Subscription extends AutoCloseable {
    /** The position behind the last batch that the listener has dealt with. */
    Position position();

    /** Why no changes are told at present: what the listener or the database threw last; empty while all is well. */
    Optional<Throwable> failure();

    /**
     * Ends it. Waits for the listener to return, and interrupts one that takes longer than ten seconds; called by the
     * listener itself it does not wait.
     */
    @Override
    void close();
}

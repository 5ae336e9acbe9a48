package ai.snagr.data.change;

import ai.snagr.data.SnagrDataException;
import java.time.Duration;

/**
 * What was committed, whoever did it: this library, another service, an operator's own SQL. A user, and a service on behalf of
 * one, is told of that user's rows; {@code Actor.service(FEED)} of everybody's.
 *
 * <p>At least once: a position that was kept before a crash leads to every change behind it, and changes that were dealt
 * with but not yet acknowledged come again. Never before the commit, and never anything that was rolled back. In order: of
 * two changes, the one that was committed before the other's statement began, or that the other's statement had to wait for
 * (as it has to for the same row), comes first. Between others there is no order in the database either.
 *
 * <p>A change says which rows, not what they hold now: read them. Reading and keeping the position go together like this:
 * read the changes, deal with them, then acknowledge or keep {@link ChangeBatch#next()}.
 */
public interface ChangeFeed {
    /** How many changes a batch holds at most. */
    int MAX_BATCH = 1_000;

    /**
     * What was committed after the position, in one statement. Not inside a transaction, since what that wrote itself may
     * still be rolled back.
     *
     * @param after {@link Position#START}, or where an earlier batch ended
     * @param max how many changes at most, 1 to {@value #MAX_BATCH}
     * @return {@link Change#EVERYTHING} alone if what happened since cannot be known
     * @throws SnagrDataException INVALID_POSITION if the position is damaged or is from another actor's feed; WRONG_STATE
     *     inside a transaction
     */
    ChangeBatch poll(Position after, int max);

    /** How far that consumer has acknowledged; {@link Position#START} if it never has. For FEED. */
    Position acknowledged(ConsumerName consumer);

    /**
     * Keeps how far that consumer has come: changes before the position do not come again, those behind it do. An older one
     * than is kept makes changes come again.
     *
     * @throws SnagrDataException INVALID_POSITION if the position is damaged or is from another actor's feed
     */
    void acknowledge(ConsumerName consumer, Position position);

    /**
     * Tells the listener what is committed after the position, as soon as it is seen: within a quarter of a second where
     * nothing fails. Failures of the listener and of the database are logged and tried again, ever more slowly, up to every
     * ten seconds; see {@link Subscription#failure()}. Whether this actor may follow at all is asked here.
     *
     * @throws SnagrDataException INVALID_POSITION if the position is damaged or is from another actor's feed; WRONG_STATE
     *     inside a transaction
     */
    Subscription subscribe(Position after, ChangeListener listener);

    /**
     * The same, from where that consumer has acknowledged; each batch is acknowledged after the listener has dealt with it.
     * For FEED. Two processes with one name are both told everything.
     *
     * @throws SnagrDataException WRONG_STATE inside a transaction
     */
    Subscription subscribe(ConsumerName consumer, ChangeListener listener);

    /**
     * Deletes the oldest changes and says how many; 0 when there are none of that age. Whoever had not come that far is told
     * {@link Change#EVERYTHING}. For WORKER.
     *
     * @param olderThan how long changes are kept, 0 to 365 days
     * @param limit 1 to 10,000
     */
    int purge(Duration olderThan, int limit);
}

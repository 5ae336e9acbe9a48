package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import java.util.Optional;

/**
 * Which part of a list is asked for.
 *
 * @param size how many rows at most, 1 to {@value #MAX_SIZE}
 * @param after where the page before ended; empty for the first page
 */
public record Page(int size, Optional<Cursor> after) {
    public static final int MAX_SIZE = 200;

    public Page {
        requireNonNull(after, "after");
        Check.of(Page.class).range(size, 1, MAX_SIZE, "size").done();
    }

    /** The first rows of the list. */
    public static Page first(int size) {
        return new Page(size, Optional.empty());
    }

    /** The rows that follow the page whose {@link Slice#next()} this cursor was. */
    public static Page after(Cursor cursor, int size) {
        return new Page(size, Optional.of(cursor));
    }
}

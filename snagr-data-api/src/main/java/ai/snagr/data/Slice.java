package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;

/**
 * One page of a list. There is no total: counting costs more than reading.
 *
 * @param items the rows, in the list's order; empty where there are none
 * @param next where the following page begins; empty on the last page
 */
public record Slice<T>(List<T> items, Optional<Cursor> next) implements Iterable<T> {
    public Slice {
        items = List.copyOf(items);
        requireNonNull(next, "next");
    }

    public static <T> Slice<T> empty() {
        return new Slice<>(List.of(), Optional.empty());
    }

    public boolean isEmpty() {
        return items.isEmpty();
    }

    public int size() {
        return items.size();
    }

    /**
     * The first row.
     *
     * @throws NoSuchElementException if the page is empty
     */
    public T first() {
        if (items.isEmpty()) {
            throw new NoSuchElementException("the page is empty");
        }
        return items.get(0);
    }

    public <R> Slice<R> map(Function<? super T, ? extends R> mapper) {
        return new Slice<>(items.stream().<R>map(mapper).toList(), next);
    }

    @Override
    public Iterator<T> iterator() {
        return items.iterator();
    }
}

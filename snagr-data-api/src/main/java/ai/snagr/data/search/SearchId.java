package ai.snagr.data.search;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Which search. */
public record SearchId(UUID value) implements Comparable<SearchId> {
    public SearchId {
        requireNonNull(value, "value");
    }

    /**
     * The id that is written so.
     *
     * @throws IllegalArgumentException if the text is no UUID
     */
    public static SearchId of(String uuid) {
        return new SearchId(UUID.fromString(uuid));
    }

    /** In the order of PostgreSQL's {@code uuid}, which for ids of version 7 is the order in which they were made. */
    @Override
    public int compareTo(SearchId other) {
        int high = Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}

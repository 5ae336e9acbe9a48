package ai.snagr.data.notification;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Which notification. */
public record NotificationId(UUID value) implements Comparable<NotificationId> {
    public NotificationId {
        requireNonNull(value, "value");
    }

    /**
     * The id that is written so.
     *
     * @throws IllegalArgumentException if the text is no UUID
     */
    public static NotificationId of(String uuid) {
        return new NotificationId(UUID.fromString(uuid));
    }

    /** In the order of PostgreSQL's {@code uuid}, which for ids of version 7 is the order in which they were made. */
    @Override
    public int compareTo(NotificationId other) {
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

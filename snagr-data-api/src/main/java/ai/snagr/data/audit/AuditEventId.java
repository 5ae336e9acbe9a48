package ai.snagr.data.audit;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Which audit event. */
public record AuditEventId(UUID value) implements Comparable<AuditEventId> {
    public AuditEventId {
        requireNonNull(value, "value");
    }

    /**
     * The id that is written so.
     *
     * @throws IllegalArgumentException if the text is no UUID
     */
    public static AuditEventId of(String uuid) {
        return new AuditEventId(UUID.fromString(uuid));
    }

    /** In the order of PostgreSQL's {@code uuid}, which for ids of version 7 is the order in which they were made. */
    @Override
    public int compareTo(AuditEventId other) {
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

package ai.snagr.data;

import static java.util.Objects.requireNonNull;

/** A result and the state in which it was read. */
public record Versioned<T>(T value, VersionTag tag) {
    public Versioned {
        requireNonNull(value, "value");
        requireNonNull(tag, "tag");
    }
}

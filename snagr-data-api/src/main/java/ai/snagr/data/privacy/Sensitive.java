package ai.snagr.data.privacy;

import static java.util.Objects.requireNonNull;

/**
 * A value that never prints: {@code toString} says that something is there and nothing about it. It is not serializable,
 * and no codec of this library writes it. {@link #expose()} is the one way out, and easy to search for.
 */
public final class Sensitive<T> {
    private final T value;

    private Sensitive(T value) {
        this.value = requireNonNull(value, "value");
    }

    public static <T> Sensitive<T> of(T value) {
        return new Sensitive<>(value);
    }

    /** The value itself. From here on its secrecy is the caller's affair. */
    public T expose() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Sensitive<?> that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "[sensitive]";
    }
}

package ai.snagr.data.postgres.internal.connect;

import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import org.jdbi.v3.core.argument.Argument;
import org.jspecify.annotations.Nullable;

/**
 * Arguments that know their type of PostgreSQL also when they are null. What has a class of its own can be bound
 * directly ({@code bind(name, instant)}, {@code bindByType(name, instantOrNull, Instant.class)}); this is for the rest.
 */
public final class Binds {
    private Binds() {}

    public static Argument uuid(@Nullable UUID value) {
        return TypedArgument.of(UUID.class, value);
    }

    /** As {@code timestamptz}, cut to the microseconds that the server keeps. */
    public static Argument instant(@Nullable Instant value) {
        return TypedArgument.of(Instant.class, value);
    }

    public static Argument text(@Nullable String value) {
        return TypedArgument.of(String.class, value);
    }

    public static Argument integer(@Nullable Integer value) {
        return TypedArgument.of(Integer.class, value);
    }

    public static Argument bigint(@Nullable Long value) {
        return TypedArgument.of(Long.class, value);
    }

    public static Argument doublePrecision(@Nullable Double value) {
        return TypedArgument.of(Double.class, value);
    }

    public static Argument bool(@Nullable Boolean value) {
        return TypedArgument.of(Boolean.class, value);
    }

    public static Argument bytes(byte @Nullable [] value) {
        return TypedArgument.of(byte[].class, value);
    }

    /** The text of a JSON value, as {@code jsonb}. */
    public static Argument json(@Nullable String value) {
        return TypedArgument.json(value);
    }

    public static Argument uuids(Collection<? extends @Nullable UUID> values) {
        return array(UUID.class, values);
    }

    public static Argument instants(Collection<? extends @Nullable Instant> values) {
        return array(Instant.class, values);
    }

    public static Argument texts(Collection<? extends @Nullable String> values) {
        return array(String.class, values);
    }

    public static Argument integers(Collection<? extends @Nullable Integer> values) {
        return array(Integer.class, values);
    }

    public static Argument bigints(Collection<? extends @Nullable Long> values) {
        return array(Long.class, values);
    }

    public static Argument doubles(Collection<? extends @Nullable Double> values) {
        return array(Double.class, values);
    }

    public static Argument booleans(Collection<? extends @Nullable Boolean> values) {
        return array(Boolean.class, values);
    }

    public static Argument byteArrays(Collection<? extends byte @Nullable []> values) {
        return array(byte[].class, values);
    }

    private static Argument array(Class<?> element, Collection<?> values) {
        return TypedArgument.array(element, values.toArray());
    }
}

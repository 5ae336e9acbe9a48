package ai.snagr.data.postgres.internal.connect;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * A value, or the lack of one, with the name of its type of PostgreSQL. A null has the type that a value would have, so
 * that the server need not prepare the statement anew for it.
 *
 * @param value as the driver takes it; {@code Object[]} for an array
 */
record TypedArgument(String typeName, @Nullable Object value) implements Argument {
    private static final Map<Class<?>, Codec> CODECS = codecs();

    /** The argument for a value of a class that {@link #knows} says yes to. */
    static TypedArgument of(Class<?> type, @Nullable Object value) {
        Codec codec = codec(type);
        return new TypedArgument(codec.typeName, value == null ? null : codec.toDriver.apply(value));
    }

    static TypedArgument json(@Nullable String value) {
        return new TypedArgument("jsonb", value == null ? null : jsonb(value));
    }

    /** An array of a type that {@link #knows} says yes to; its elements may be null. */
    static TypedArgument array(Class<?> element, @Nullable Object @Nullable [] values) {
        Codec codec = codec(element);
        if (values == null) {
            return new TypedArgument(codec.arrayName(), null);
        }
        @Nullable Object[] elements = codec.newArray(values.length);
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            elements[i] = value == null ? null : codec.toDriver.apply(value);
        }
        return new TypedArgument(codec.arrayName(), elements);
    }

    static boolean knows(Class<?> type) {
        return CODECS.containsKey(type) || enumOf(type) != null;
    }

    @Override
    public void apply(int position, PreparedStatement statement, StatementContext context) throws SQLException {
        bind(position, statement);
    }

    void bind(int position, PreparedStatement statement) throws SQLException {
        if (value == null) {
            statement.setNull(position, Types.OTHER, typeName);
        } else if (value instanceof Object[] elements) {
            statement.setArray(position, statement.getConnection().createArrayOf(typeName.substring(1), elements));
        } else {
            statement.setObject(position, value);
        }
    }

    /** The type only: Jdbi prints arguments in the messages of its exceptions. */
    @Override
    public String toString() {
        return typeName;
    }

    private static Codec codec(Class<?> type) {
        Codec known = CODECS.get(type);
        if (known != null) {
            return known;
        }
        if (enumOf(type) != null) {
            return Codec.CONSTANT;
        }
        throw new IllegalArgumentException("there is no type of PostgreSQL for " + type.getName());
    }

    /** The enum that a class is, or whose constant with a body it is; null for any other class. */
    private static @Nullable Class<?> enumOf(Class<?> type) {
        if (type.isEnum()) {
            return type;
        }
        Class<?> parent = type.getSuperclass();
        return parent != null && parent.isEnum() ? parent : null;
    }

    private static PGobject jsonb(String json) {
        PGobject object = new PGobject();
        object.setType("jsonb");
        try {
            object.setValue(json);
        } catch (SQLException impossible) {
            throw new IllegalStateException("a PGobject takes any text", impossible);
        }
        return object;
    }

    private static Map<Class<?>, Codec> codecs() {
        Map<Class<?>, Codec> codecs = new HashMap<>();
        codecs.put(UUID.class, Codec.same("uuid", UUID.class));
        codecs.put(String.class, Codec.same("varchar", String.class));
        codecs.put(Boolean.class, Codec.same("bool", Boolean.class));
        codecs.put(Short.class, Codec.same("int2", Short.class));
        codecs.put(Integer.class, Codec.same("int4", Integer.class));
        codecs.put(Long.class, Codec.same("int8", Long.class));
        codecs.put(Float.class, Codec.same("float4", Float.class));
        codecs.put(Double.class, Codec.same("float8", Double.class));
        codecs.put(BigDecimal.class, Codec.same("numeric", BigDecimal.class));
        codecs.put(byte[].class, Codec.same("bytea", byte[].class));
        codecs.put(LocalDate.class, Codec.same("date", LocalDate.class));
        codecs.put(OffsetDateTime.class, Codec.same("timestamptz", OffsetDateTime.class));
        codecs.put(
                Instant.class,
                new Codec(
                        "timestamptz",
                        OffsetDateTime.class,
                        value -> OffsetDateTime.ofInstant(
                                ((Instant) value).truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC)));
        IdTypes.forEach((type, uuid) -> codecs.put(type, new Codec("uuid", UUID.class, uuid)));
        return Map.copyOf(codecs);
    }

    private record Codec(String typeName, Class<?> driverClass, Function<Object, Object> toDriver) {
        static final Codec CONSTANT = new Codec(
                "varchar", String.class, value -> ((Enum<?>) value).name().toLowerCase(Locale.ROOT));

        static Codec same(String typeName, Class<?> type) {
            return new Codec(typeName, type, Function.identity());
        }

        /** The driver sends a String as {@code varchar}, which goes with {@code text}; an array of it does not. */
        String arrayName() {
            return typeName.equals("varchar") ? "_text" : "_" + typeName;
        }

        @Nullable Object[] newArray(int length) {
            return (Object[]) Array.newInstance(driverClass, length);
        }
    }
}

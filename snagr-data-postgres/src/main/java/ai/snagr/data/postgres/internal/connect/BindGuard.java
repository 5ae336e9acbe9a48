package ai.snagr.data.postgres.internal.connect;

import java.math.BigDecimal;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * Refuses a parameter that the driver would send without a type. The driver asks the server for the type of such a
 * parameter, in a round of its own, as soon as the statement is one that it prepares on the server, which is from the
 * sixth execution on. That round ends the implicit transaction, and with it the context: the query would run as nobody.
 */
enum BindGuard {
    ON,
    /** Lets untyped parameters through, for the test that shows what they do. */
    OFF;

    private static final Set<Class<?>> TYPED = Set.of(
            UUID.class,
            String.class,
            Boolean.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            BigDecimal.class,
            byte[].class,
            LocalDate.class,
            OffsetDateTime.class);

    private static final Set<Integer> TYPED_NULLS = Set.of(
            Types.VARCHAR,
            Types.LONGVARCHAR,
            Types.BOOLEAN,
            Types.BIT,
            Types.SMALLINT,
            Types.INTEGER,
            Types.BIGINT,
            Types.REAL,
            Types.FLOAT,
            Types.DOUBLE,
            Types.NUMERIC,
            Types.DECIMAL,
            Types.BINARY,
            Types.VARBINARY,
            Types.LONGVARBINARY,
            Types.DATE);

    /** Names that the driver knows without asking the server; an array has an underscore in front. */
    private static final Set<String> TYPE_NAMES = Set.of(
            "uuid",
            "varchar",
            "text",
            "bool",
            "int2",
            "int4",
            "int8",
            "float4",
            "float8",
            "numeric",
            "bytea",
            "date",
            "timestamptz",
            "jsonb");

    /** The value, if the driver sends its class with a type. */
    Object typed(int position, @Nullable Object value) {
        if (value == null) {
            return nullOf(position, Types.NULL);
        }
        if (this == ON && !isTyped(value)) {
            throw refusal(position, value.getClass().getSimpleName());
        }
        return value;
    }

    /** The same for a value with a type of JDBC: its class must be one that the driver sends as that type. */
    Object typed(int position, @Nullable Object value, int sqlType) {
        if (value == null) {
            return nullOf(position, sqlType);
        }
        if (this == ON && value instanceof String && !isText(sqlType)) {
            throw refusal(position, "String as type " + sqlType);
        }
        return typed(position, value);
    }

    /** A null of that type of JDBC, if the driver knows a type of PostgreSQL for it. */
    Null nullOf(int position, int sqlType) {
        if (this == ON && !TYPED_NULLS.contains(sqlType)) {
            throw refusal(position, "null of type " + sqlType);
        }
        return new Null(sqlType, null);
    }

    /** A null of that type of PostgreSQL, if the driver knows it. */
    Null nullOf(int position, int sqlType, @Nullable String typeName) {
        if (typeName == null) {
            return nullOf(position, sqlType);
        }
        if (this == ON && !isKnown(typeName)) {
            throw refusal(position, "null of type " + typeName);
        }
        return new Null(sqlType, typeName);
    }

    /** Nothing, unless switched off: the driver sends what this setter takes without a type. */
    Object untyped(int position, String setter, @Nullable Object value) {
        if (this == ON) {
            throw refusal(position, setter);
        }
        return value == null ? new Null(Types.TIMESTAMP, null) : value;
    }

    private static boolean isKnown(String typeName) {
        return TYPE_NAMES.contains(typeName.startsWith("_") ? typeName.substring(1) : typeName);
    }

    private static boolean isText(int sqlType) {
        return sqlType == Types.VARCHAR || sqlType == Types.LONGVARCHAR;
    }

    private static boolean isTyped(Object value) {
        return TYPED.contains(value.getClass())
                || value instanceof Array
                || (value instanceof PGobject object && isKnown(object.getType()));
    }

    private static RuntimeException refusal(int position, String what) {
        return SessionConnection.refusal(
                "Parameter " + position + " (" + what + "), which has no type on the wire,",
                "bind an Instant, a UUID, a String, a number or an id of the API; a null with bindByType or Binds");
    }

    /**
     * A null that knows its type.
     *
     * @param typeName PostgreSQL's name of the type, where the type of JDBC does not say it
     */
    record Null(int sqlType, @Nullable String typeName) {
        void set(PreparedStatement statement, int position) throws SQLException {
            if (typeName == null) {
                statement.setNull(position, sqlType);
            } else {
                statement.setNull(position, sqlType, typeName);
            }
        }
    }
}

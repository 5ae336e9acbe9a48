package ai.snagr.data.postgres.internal.connect;

import static ai.snagr.data.postgres.internal.connect.SmallSchema.ALICE;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_ALICE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditEventId;
import ai.snagr.data.job.JobId;
import ai.snagr.data.job.JobStatus;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.notification.NotificationId;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.search.SavedSearchId;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.unlock.UnlockId;
import ai.snagr.data.user.UserId;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Calendar;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.argument.Argument;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.util.PGobject;

class TypedBindsIT {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");
    private static final UUID ID = UUID.fromString("018f4e00-0000-7000-8000-000000000001");
    private static final int EXECUTIONS = 12;

    private static SmallSchema schema;

    private Connection raw;
    private Handle handle;

    @BeforeAll
    static void create() {
        schema = new SmallSchema();
    }

    @AfterAll
    static void drop() {
        schema.close();
    }

    @BeforeEach
    void connect() throws SQLException {
        raw = schema.raw();
        handle = open(raw, BindGuard.ON);
    }

    @AfterEach
    void disconnect() throws SQLException {
        handle.close();
        raw.close();
        schema.execute("delete from snagr.notes where title not in ('of alice', 'of bob')");
    }

    /** A column, and a value with the type to bind it by. */
    static Stream<Arguments> values() {
        return Stream.of(
                Arguments.of("at", NOON, Instant.class),
                Arguments.of("at", OffsetDateTime.parse("2026-03-01T13:00:00.5+01:00"), OffsetDateTime.class),
                Arguments.of("title", "a title", String.class),
                Arguments.of("title", JobStatus.PENDING, JobStatus.class),
                Arguments.of("n", 7, Integer.class),
                Arguments.of("big", 7L, Long.class),
                Arguments.of("score", 0.5, Double.class),
                Arguments.of("ratio", 0.5f, Float.class),
                Arguments.of("small", (short) 7, Short.class),
                Arguments.of("price", new BigDecimal("1.25"), BigDecimal.class),
                Arguments.of("flag", true, Boolean.class),
                Arguments.of("raw", new byte[] {1, 0, -1}, byte[].class),
                Arguments.of("day", LocalDate.parse("2026-03-01"), LocalDate.class),
                Arguments.of("id", ID, UUID.class),
                Arguments.of("id", new UserId(ID), UserId.class),
                Arguments.of("id", new SearchId(ID), SearchId.class),
                Arguments.of("id", new SavedSearchId(ID), SavedSearchId.class),
                Arguments.of("id", new JobId(ID), JobId.class),
                Arguments.of("id", new MatchId(ID), MatchId.class),
                Arguments.of("id", new PaymentId(ID), PaymentId.class),
                Arguments.of("id", new UnlockId(ID), UnlockId.class),
                Arguments.of("id", new NotificationId(ID), NotificationId.class),
                Arguments.of("id", new AuditEventId(ID), AuditEventId.class),
                Arguments.of("ids", new UUID[] {ID, null}, UUID[].class),
                Arguments.of("ids", new MatchId[] {new MatchId(ID), null}, MatchId[].class),
                Arguments.of("words", new String[] {"a,\"b\\", null, "é", ""}, String[].class),
                Arguments.of("words", new JobStatus[] {JobStatus.FAILED, null}, JobStatus[].class),
                Arguments.of("bigs", new Long[] {1L, null}, Long[].class),
                Arguments.of("ats", new Instant[] {NOON, null}, Instant[].class));
    }

    @ParameterizedTest
    @MethodSource("values")
    void value_twelveTimesAlternatingWithNull_givesTheSameAnswer(String column, Object value, Type type) {
        String sql =
                "select coalesce(:value, %1$s)::text, title from snagr.notes where :value is not distinct from %1$s or title = 'of alice'"
                        .formatted(column);
        List<String> ofValue = read(sql, value, type);
        List<String> ofNull = read(sql, null, type);
        assertThat(ofValue.get(0)).isNotEqualTo(ofNull.get(0));

        schema.relay().resetRoundTrips();
        for (int i = 0; i < EXECUTIONS; i++) {
            assertThat(read(sql, value, type)).isEqualTo(ofValue);
            assertThat(read(sql, null, type)).isEqualTo(ofNull);
        }
        assertThat(schema.relay().roundTrips()).isEqualTo(2 * EXECUTIONS);
    }

    @ParameterizedTest
    @MethodSource("values")
    void value_writtenAndReadBack_isTheSame(String column, Object value, Type type) {
        for (int i = 0; i < EXECUTIONS; i++) {
            schema.execute("delete from snagr.notes where title is null or title not in ('of alice', 'of bob')");
            int written = handle.createUpdate(
                            "insert into snagr.notes (user_id, %1$s) values (:user, :value)".formatted(column))
                    .bind("user", ALICE)
                    .bindByType("value", value, type)
                    .execute();
            assertThat(written).isEqualTo(1);
            assertThat(read("select title from snagr.notes where %s = :value".formatted(column), value, type))
                    .hasSize(1);
        }
    }

    static Stream<Arguments> arguments() {
        return Stream.of(
                Arguments.of("id", Binds.uuid(ID), Binds.uuid(null)),
                Arguments.of("at", Binds.instant(NOON), Binds.instant(null)),
                Arguments.of("title", Binds.text("x"), Binds.text(null)),
                Arguments.of("n", Binds.integer(1), Binds.integer(null)),
                Arguments.of("big", Binds.bigint(1L), Binds.bigint(null)),
                Arguments.of("score", Binds.doublePrecision(1.5), Binds.doublePrecision(null)),
                Arguments.of("flag", Binds.bool(true), Binds.bool(null)),
                Arguments.of("raw", Binds.bytes(new byte[] {1}), Binds.bytes(null)),
                Arguments.of("doc", Binds.json("{\"a\": [1, null, \"é\"]}"), Binds.json(null)),
                Arguments.of("ids", Binds.uuids(Arrays.asList(ID, null)), Binds.uuids(List.of())),
                Arguments.of("words", Binds.texts(Arrays.asList("a", null)), Binds.texts(List.of())),
                Arguments.of("bigs", Binds.bigints(Arrays.asList(1L, null)), Binds.bigints(List.of())),
                Arguments.of("ats", Binds.instants(Arrays.asList(NOON, null)), Binds.instants(List.of())));
    }

    @ParameterizedTest
    @MethodSource("arguments")
    void argument_twelveTimesAlternatingWithNull_givesTheSameAnswer(String column, Argument value, Argument nothing) {
        String sql =
                "select coalesce(:value, %1$s)::text from snagr.notes where :value is not distinct from %1$s or title = 'of alice'"
                        .formatted(column);
        List<String> ofValue = read(sql, value);
        List<String> ofNothing = read(sql, nothing);
        assertThat(ofValue).isNotEqualTo(ofNothing);

        schema.relay().resetRoundTrips();
        for (int i = 0; i < EXECUTIONS; i++) {
            assertThat(read(sql, value)).isEqualTo(ofValue);
            assertThat(read(sql, nothing)).isEqualTo(ofNothing);
        }
        assertThat(schema.relay().roundTrips()).isEqualTo(2 * EXECUTIONS);
    }

    @Test
    void arrays_ofEveryElement_unnestAsColumns() {
        List<String> rows = handle.createQuery("""
                        select concat_ws('|', a, b, c, d, e, f, g, h)
                        from unnest(:uuids, :texts, :ints, :bigs, :doubles, :flags, :bytes, :instants)
                          as t (a, b, c, d, e, f, g, h)""")
                .bind("uuids", Binds.uuids(Arrays.asList(ID, null)))
                .bind("texts", Binds.texts(List.of("a", "b")))
                .bind("ints", Binds.integers(List.of(1, 2)))
                .bind("bigs", Binds.bigints(List.of(3L, 4L)))
                .bind("doubles", Binds.doubles(List.of(0.5, 1.5)))
                .bind("flags", Binds.booleans(List.of(true, false)))
                .bind("bytes", Binds.byteArrays(Arrays.asList(new byte[] {1, 2}, null)))
                .bind("instants", Binds.instants(List.of(Instant.EPOCH, Instant.EPOCH.plusSeconds(1))))
                .mapTo(String.class)
                .list();

        assertThat(rows)
                .containsExactly(
                        ID + "|a|1|3|0.5|t|\\x0102|1970-01-01 00:00:00+00", "b|2|4|1.5|f|1970-01-01 00:00:01+00");
    }

    @Test
    void instant_finerThanTheServerKeeps_isCutAndNotRounded() {
        Instant stored = handle.createQuery("select :at")
                .bind("at", Instant.parse("2026-03-01T12:00:00.999999999Z"))
                .map((row, context) -> row.getObject(1, OffsetDateTime.class).toInstant())
                .one();

        assertThat(stored).isEqualTo(Instant.parse("2026-03-01T12:00:00.999999Z"));
    }

    @Test
    void batch_withNullsFirst_isTyped() {
        for (int i = 0; i < EXECUTIONS; i++) {
            var batch = handle.prepareBatch("insert into snagr.notes (user_id, title, at) values (:user, :title, :at)");
            for (Instant at : Arrays.asList(null, NOON, null)) {
                batch.bind("user", ALICE)
                        .bind("title", "batch " + UUID.randomUUID())
                        .bindByType("at", at, Instant.class)
                        .add();
            }
            assertThat(batch.execute()).hasSize(3);
        }
        assertThat(read("select count(at)::text from snagr.notes where :value", true, Boolean.class))
                .containsExactly(Integer.toString(EXECUTIONS));
    }

    @Test
    void null_withoutAType_isRefusedWithTheRemedy() {
        assertThatThrownBy(() -> read("select title from snagr.notes where :value is null", null, Object.class))
                .isInstanceOf(SnagrDataException.Failed.class)
                .hasMessageContaining("Parameter 1")
                .hasMessageContaining("bindByType");
    }

    @FunctionalInterface
    interface Setter {
        void on(PreparedStatement statement) throws SQLException;
    }

    @SuppressWarnings("JavaUtilDate") // the setters that take one are what is refused
    static Stream<Setter> untypedSetters() {
        PGobject unknown = new PGobject();
        unknown.setType("citext");
        return Stream.of(
                s -> s.setTimestamp(2, Timestamp.from(NOON)),
                s -> s.setTimestamp(2, null),
                s -> s.setTimestamp(2, Timestamp.from(NOON), Calendar.getInstance()),
                s -> s.setDate(2, new Date(0)),
                s -> s.setDate(2, new Date(0), Calendar.getInstance()),
                s -> s.setTime(2, new Time(0)),
                s -> s.setTime(2, new Time(0), Calendar.getInstance()),
                s -> s.setObject(2, null),
                s -> s.setObject(2, Timestamp.from(NOON)),
                s -> s.setObject(2, NOON),
                s -> s.setObject(2, new java.util.Date(0)),
                s -> s.setObject(2, LocalDateTime.MAX),
                s -> s.setObject(2, 'c'),
                s -> s.setObject(2, JobStatus.PENDING),
                s -> s.setObject(2, unknown),
                s -> s.setObject(2, "text", Types.OTHER),
                s -> s.setObject(2, "2026-03-01", Types.TIMESTAMP),
                s -> s.setObject(2, JobStatus.PENDING, Types.OTHER),
                s -> s.setObject(2, Timestamp.from(NOON), Types.TIMESTAMP),
                s -> s.setObject(2, null, Types.OTHER),
                s -> s.setObject(2, null, Types.TIMESTAMP_WITH_TIMEZONE),
                s -> s.setNull(2, Types.NULL),
                s -> s.setNull(2, Types.OTHER),
                s -> s.setNull(2, Types.ARRAY),
                s -> s.setNull(2, Types.TIMESTAMP),
                s -> s.setNull(2, Types.TIMESTAMP_WITH_TIMEZONE),
                s -> s.setNull(2, Types.TIME),
                s -> s.setNull(2, Types.OTHER, null),
                s -> s.setNull(2, Types.OTHER, "no_such_type"),
                s -> s.setArray(2, null));
    }

    @ParameterizedTest
    @MethodSource("untypedSetters")
    void setter_thatSendsNoType_isRefusedWithPositionAndRemedy(Setter setter) throws SQLException {
        try (PreparedStatement statement = handle.getConnection().prepareStatement("select ?, ?")) {
            assertThatThrownBy(() -> setter.on(statement))
                    .isInstanceOf(SnagrDataException.Failed.class)
                    .hasMessageContaining("Parameter 2")
                    .hasMessageContaining("bind an Instant");
        }
    }

    static Stream<Setter> typedSetters() {
        return Stream.of(
                s -> s.setString(2, null),
                s -> s.setBytes(2, null),
                s -> s.setBigDecimal(2, null),
                s -> s.setObject(2, ID, Types.OTHER),
                s -> s.setObject(2, "text", Types.VARCHAR),
                s -> s.setObject(2, null, Types.BIGINT),
                s -> s.setNull(2, Types.VARCHAR),
                s -> s.setNull(2, Types.BIGINT),
                s -> s.setNull(2, Types.DOUBLE),
                s -> s.setNull(2, Types.BOOLEAN),
                s -> s.setNull(2, Types.BINARY),
                s -> s.setNull(2, Types.DATE),
                s -> s.setNull(2, Types.OTHER, "uuid"),
                s -> s.setNull(2, Types.ARRAY, "_uuid"),
                s -> s.setNull(2, Types.OTHER, "jsonb"),
                s -> s.setByte(2, (byte) 1));
    }

    @ParameterizedTest
    @MethodSource("typedSetters")
    void setter_thatSendsAType_worksTwelveTimesInOneRoundTripEach(Setter setter) throws SQLException {
        try (PreparedStatement statement = handle.getConnection()
                .prepareStatement("select title from snagr.notes where title = ? or ? is null and false")) {
            schema.relay().resetRoundTrips();
            for (int i = 0; i < EXECUTIONS; i++) {
                statement.setString(1, "of alice");
                setter.on(statement);
                assertThat(hasRow(statement)).isTrue();
            }
            assertThat(schema.relay().roundTrips()).isEqualTo(EXECUTIONS);
        }
    }

    /** What the guard is for. If this no longer fails, the driver has changed, and the guard may go. */
    @Test
    void timestamp_withTheGuardOff_losesTheActorFromTheSixthExecutionOn() throws SQLException {
        try (Connection unguarded = schema.raw();
                Handle off = open(unguarded, BindGuard.OFF);
                PreparedStatement statement = off.getConnection()
                        .prepareStatement("select title from snagr.notes where at is null or at = ?")) {
            for (int i = 1; i <= 5; i++) {
                statement.setTimestamp(1, Timestamp.from(NOON));
                assertThat(hasRow(statement)).isTrue();
            }
            statement.setTimestamp(1, Timestamp.from(NOON));
            assertThatThrownBy(() -> hasRow(statement))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("42501");
        }
    }

    private static boolean hasRow(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next();
        }
    }

    private static Handle open(Connection raw, BindGuard guard) {
        SessionConnection connection = new SessionConnection(raw, SmallSchema.prelude(), guard);
        connection.become(new Acting("test", AS_ALICE));
        Jdbi jdbi = Jdbi.create(() -> connection);
        Pool.configure(jdbi);
        return jdbi.open();
    }

    private List<String> read(String sql, @Nullable Object value, Type type) {
        return handle.createQuery(sql)
                .bindByType("value", value, type)
                .mapTo(String.class)
                .list();
    }

    private List<String> read(String sql, Argument value) {
        return handle.createQuery(sql).bind("value", value).mapTo(String.class).list();
    }
}

package ai.snagr.data.postgres.internal.connect;

import static ai.snagr.data.postgres.internal.connect.SmallSchema.ALICE;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_ALICE;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_MATCHER;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.BOB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.PoolSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SqlErrorsIT {
    private static final String CANARY = "canary-4711";
    private static final String INSERT = "insert into snagr.notes (user_id, title) values (:user, :title)";

    private static SmallSchema schema;
    private static Database database;

    @BeforeAll
    static void create() {
        schema = new SmallSchema();
        database = schema.open(PoolSettings.defaults()
                .withMaxConnections(2)
                .withAuditConnections(1)
                .withStatementTimeout(Duration.ofMillis(500)));
        int ignored = database.statements().run("test", AS_ALICE, handle -> insert(handle, CANARY));
    }

    @AfterAll
    static void drop() {
        database.close();
        schema.close();
    }

    record Case(String name, ActorContext context, ErrorCode code, String facts, Work work) {
        @Override
        public String toString() {
            return name;
        }
    }

    interface Work {
        Object on(Handle handle);
    }

    static Stream<Case> failures() {
        return Stream.of(
                new Case(
                        "unique",
                        AS_ALICE,
                        ErrorCode.ALREADY_EXISTS,
                        "SQLSTATE 23505, constraint one_title",
                        handle -> insert(handle, CANARY)),
                new Case(
                        "unique in a batch",
                        AS_ALICE,
                        ErrorCode.ALREADY_EXISTS,
                        "23505, constraint one_title",
                        handle -> handle.prepareBatch(INSERT)
                                .bind("user", ALICE)
                                .bind("title", CANARY)
                                .add()
                                .bind("user", ALICE)
                                .bind("title", CANARY)
                                .add()
                                .execute()),
                new Case(
                        "check",
                        AS_ALICE,
                        ErrorCode.INVALID_INPUT,
                        "SQLSTATE 23514, constraint title_not_blank",
                        handle -> handle.createUpdate("update snagr.notes set title = '' where title = :title")
                                .bind("title", CANARY)
                                .execute()),
                new Case(
                        "foreign key",
                        AS_MATCHER,
                        ErrorCode.NOT_FOUND,
                        "SQLSTATE 23503, constraint to_note",
                        handle -> handle.createUpdate("insert into snagr.links (note) values (:id)")
                                .bind("id", UUID.nameUUIDFromBytes(new byte[] {1}))
                                .execute()),
                new Case(
                        "policy",
                        AS_ALICE,
                        ErrorCode.ACCESS_DENIED,
                        "SQLSTATE 42501",
                        handle -> handle.createUpdate(INSERT)
                                .bind("user", BOB)
                                .bind("title", CANARY)
                                .execute()),
                new Case(
                        "privilege",
                        AS_ALICE,
                        ErrorCode.ACCESS_DENIED,
                        "SQLSTATE 42501",
                        handle -> handle.createUpdate("delete from snagr.audit_events where actor = :canary")
                                .bind("canary", CANARY)
                                .execute()),
                new Case(
                        "not null",
                        AS_MATCHER,
                        ErrorCode.INTERNAL,
                        "SQLSTATE 23502",
                        handle -> handle.createUpdate("insert into snagr.notes (title) values (:title)")
                                .bind("title", CANARY)
                                .execute()),
                new Case(
                        "cast",
                        AS_ALICE,
                        ErrorCode.INTERNAL,
                        "SQLSTATE 22P02",
                        handle -> handle.createQuery("select cast(:text as integer)")
                                .bind("text", CANARY)
                                .mapTo(Integer.class)
                                .one()),
                new Case(
                        "overflow",
                        AS_ALICE,
                        ErrorCode.INVALID_INPUT,
                        "SQLSTATE 22003",
                        handle -> handle.createQuery("select cast(:big as integer)")
                                .bind("big", 4711471147114711L)
                                .mapTo(Integer.class)
                                .one()),
                new Case(
                        "syntax",
                        AS_ALICE,
                        ErrorCode.INTERNAL,
                        "SQLSTATE 42601",
                        handle -> handle.createQuery("select 'canary-4711' from from where :x = 1")
                                .bind("x", CANARY)
                                .mapTo(String.class)
                                .list()),
                new Case(
                        "timeout",
                        AS_ALICE,
                        ErrorCode.TIMEOUT,
                        "SQLSTATE 57014",
                        handle -> handle.createQuery("select pg_sleep(20), :canary")
                                .bind("canary", CANARY)
                                .mapToMap()
                                .list()),
                new Case(
                        "missing parameter",
                        AS_ALICE,
                        ErrorCode.INTERNAL,
                        "UnableToCreateStatementException",
                        handle -> handle.createQuery("select :a, :b")
                                .bind("a", CANARY)
                                .mapTo(String.class)
                                .list()),
                new Case(
                        "unreadable column",
                        AS_ALICE,
                        ErrorCode.INTERNAL,
                        "SQLSTATE 22003",
                        handle -> handle.createQuery("select title from snagr.notes where title = :a")
                                .bind("a", CANARY)
                                .mapTo(Integer.class)
                                .one()));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failure_ofAStatement_namesFactsAndNeverValues(Case failing) {
        SnagrDataException inAutocommit = failure(database.statements(), failing);
        SnagrDataException inTransaction = catchThrowableOfType(
                SnagrDataException.class,
                () -> database.inTransaction(
                        failing.context(), scope -> scope.run("test.failing", failing.context(), failing.work()::on)));

        for (SnagrDataException e : new SnagrDataException[] {inAutocommit, inTransaction}) {
            assertThat(e.code()).isEqualTo(failing.code());
            assertThat(e).hasMessageContaining("test.failing").hasMessageContaining(failing.facts());
            assertThat(everything(e))
                    .doesNotContain(CANARY)
                    .doesNotContain("4711")
                    .doesNotContain(BOB.toString());
        }
    }

    @Test
    void violates_insideTheWork_letsTheStoreGiveItsOwnAnswer() {
        SnagrDataException.Conflict own = new SnagrDataException.Conflict(ErrorCode.EMAIL_UNAVAILABLE, "neutral");

        SnagrDataException e = catchThrowableOfType(
                SnagrDataException.class,
                () -> database.statements().run("test.create", AS_ALICE, handle -> {
                    try {
                        return insert(handle, CANARY);
                    } catch (RuntimeException failure) {
                        assertThat(SqlErrors.violates(failure, "title_not_blank"))
                                .isFalse();
                        throw SqlErrors.violates(failure, "one_title") ? own : failure;
                    }
                }));

        assertThat(e).isSameAs(own);
    }

    @Test
    void failure_thatIsNotTheDatabases_passesUnchanged() {
        IllegalArgumentException own = new IllegalArgumentException("of the store");

        Throwable e = catchThrowableOfType(
                RuntimeException.class,
                () -> database.statements().run("test", AS_ALICE, handle -> {
                    throw own;
                }));

        assertThat(e).isSameAs(own);
    }

    private static SnagrDataException failure(StatementScope scope, Case failing) {
        return catchThrowableOfType(
                SnagrDataException.class, () -> scope.run("test.failing", failing.context(), failing.work()::on));
    }

    private static String everything(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private static int insert(Handle handle, String title) {
        return handle.createUpdate(INSERT)
                .bind("user", ALICE)
                .bind("title", title)
                .execute();
    }
}

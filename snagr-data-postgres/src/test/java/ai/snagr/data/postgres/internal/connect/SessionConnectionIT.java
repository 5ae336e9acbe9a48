package ai.snagr.data.postgres.internal.connect;

import static ai.snagr.data.postgres.internal.connect.SmallSchema.ALICE;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_ADMIN;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_ALICE;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_BOB;
import static ai.snagr.data.postgres.internal.connect.SmallSchema.AS_MATCHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

class SessionConnectionIT {
    private static final String TITLES = "select title from snagr.notes order by title";
    private static final String NOTHING = "update snagr.notes set n = n where false";
    private static final String STAGE = "copy snagr.staging from stdin";

    private static SmallSchema schema;

    private Connection raw;
    private SessionConnection connection;
    private String stateBefore;

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
        connection = new SessionConnection(raw, SmallSchema.prelude(), BindGuard.ON);
        as(AS_ALICE);
        stateBefore = SmallSchema.sessionState(raw);
    }

    @AfterEach
    void disconnect() throws SQLException {
        raw.close();
        schema.execute("truncate snagr.staging; truncate snagr.audit_events;"
                + " delete from snagr.notes where title not in ('of alice', 'of bob')");
    }

    /** Every way in which a statement reaches the server. */
    enum Path {
        EXECUTE_QUERY {
            @Override
            void run(SessionConnection connection) throws SQLException {
                assertThat(titles(connection)).containsExactly("of alice");
            }
        },
        EXECUTE_UPDATE {
            @Override
            void run(SessionConnection connection) throws SQLException {
                try (PreparedStatement statement =
                        connection.prepareStatement("update snagr.notes set n = ? where title like 'of %'")) {
                    statement.setInt(1, 3);
                    assertThat(statement.executeUpdate()).isEqualTo(1);
                }
            }
        },
        EXECUTE {
            @Override
            void run(SessionConnection connection) throws SQLException {
                try (PreparedStatement statement = connection.prepareStatement(TITLES)) {
                    assertThat(statement.execute()).isTrue();
                    assertThat(statement.getResultSet().getMetaData().getColumnName(1))
                            .isEqualTo("title");
                    assertThat(statement.getMetaData().getColumnCount()).isEqualTo(1);
                    assertThat(statement.getMoreResults()).isFalse();
                    assertThat(statement.getUpdateCount()).isEqualTo(-1);
                }
            }
        },
        EXECUTE_BATCH {
            @Override
            void run(SessionConnection connection) throws SQLException {
                try (PreparedStatement statement =
                        connection.prepareStatement("insert into snagr.notes (user_id, title) values (?, ?)")) {
                    for (int i = 0; i < 3; i++) {
                        statement.setObject(1, ALICE.value());
                        statement.setString(2, "batch " + System.nanoTime() + i);
                        statement.addBatch();
                    }
                    assertThat(statement.executeBatch()).hasSize(3);
                }
            }
        },
        FIRST_IN_TRANSACTION {
            @Override
            void run(SessionConnection connection) throws SQLException {
                connection.setAutoCommit(false);
                EXECUTE_QUERY.run(connection);
                connection.commit();
                connection.setAutoCommit(true);
            }
        },
        AFTER_COMMIT {
            @Override
            void run(SessionConnection connection) throws SQLException {
                connection.setAutoCommit(false);
                EXECUTE_QUERY.run(connection);
                connection.commit();
                EXECUTE_QUERY.run(connection);
                connection.commit();
                connection.setAutoCommit(true);
            }
        },
        AFTER_ROLLBACK {
            @Override
            void run(SessionConnection connection) throws SQLException {
                connection.setAutoCommit(false);
                EXECUTE_QUERY.run(connection);
                connection.rollback();
                EXECUTE_QUERY.run(connection);
                connection.rollback();
                connection.setAutoCommit(true);
            }
        },
        AFTER_SAVEPOINT {
            @Override
            void run(SessionConnection connection) throws SQLException {
                connection.setAutoCommit(false);
                Savepoint savepoint = connection.setSavepoint();
                EXECUTE_QUERY.run(connection);
                connection.rollback(savepoint);
                EXECUTE_QUERY.run(connection);
                connection.commit();
                connection.setAutoCommit(true);
            }
        },
        AFTER_AUTOCOMMIT_TOGGLES {
            @Override
            void run(SessionConnection connection) throws SQLException {
                connection.setAutoCommit(false);
                EXECUTE_QUERY.run(connection);
                connection.setAutoCommit(true);
                EXECUTE_QUERY.run(connection);
                connection.setAutoCommit(false);
                EXECUTE_QUERY.run(connection);
                connection.setAutoCommit(true);
            }
        },
        AFTER_CONTEXT_CHANGE {
            @Override
            void run(SessionConnection connection) throws SQLException {
                connection.setAutoCommit(false);
                EXECUTE_QUERY.run(connection);
                Acting alice = connection.become(new Acting("test.bob", AS_BOB));
                assertThat(titles(connection)).containsExactly("of bob");
                connection.become(new Acting("test.payments", AS_ALICE.through(DatabaseRole.PAYMENTS)));
                assertThat(titles(connection)).containsExactly("of alice");
                connection.become(alice);
                EXECUTE_QUERY.run(connection);
                connection.commit();
                connection.setAutoCommit(true);
            }
        },
        PREPARED_BEFORE_COMMIT {
            @Override
            void run(SessionConnection connection) throws SQLException {
                connection.setAutoCommit(false);
                try (PreparedStatement statement = connection.prepareStatement(TITLES)) {
                    EXECUTE_QUERY.run(connection);
                    assertThat(read(statement)).containsExactly("of alice");
                    connection.commit();
                    assertThat(read(statement)).containsExactly("of alice");
                    connection.commit();
                }
                connection.setAutoCommit(true);
            }
        },
        COPY {
            @Override
            void run(SessionConnection connection) throws SQLException {
                connection.setAutoCommit(false);
                EXECUTE_QUERY.run(connection);
                Acting alice = connection.become(new Acting("test.copy", AS_ALICE.through(DatabaseRole.BULK)));
                assertThat(copy(connection)).isEqualTo(1);
                connection.become(alice);
                EXECUTE_QUERY.run(connection);
                connection.commit();
                connection.setAutoCommit(true);
            }
        };

        abstract void run(SessionConnection connection) throws SQLException;
    }

    @ParameterizedTest
    @EnumSource
    void path_twelveTimes_runsAsTheActorAndLeavesNothing(Path path) throws SQLException {
        for (int i = 0; i < 12; i++) {
            path.run(connection);
            schema.execute("delete from snagr.notes where title not in ('of alice', 'of bob')");
        }

        assertThat(SmallSchema.sessionState(raw)).isEqualTo(stateBefore);
    }

    @ParameterizedTest
    @EnumSource
    void path_withoutPrelude_isDenied(Path path) throws SQLException {
        SessionConnection bare = new SessionConnection(raw, Prelude.withoutContext(), BindGuard.ON);
        bare.become(new Acting("test", AS_ALICE));

        assertThatThrownBy(() -> path.run(bare))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("42501");
    }

    @Test
    void autocommit_twentyExecutions_costOneRoundTripEach() throws SQLException {
        titles(connection);
        schema.relay().resetRoundTrips();

        for (int i = 1; i <= 20; i++) {
            titles(connection);
            assertThat(schema.relay().roundTrips()).isEqualTo(i);
        }
    }

    @Test
    void autocommit_oneStatementExecutedTwentyTimes_costsOneRoundTripEach() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "select *, repeat(title, 100) from snagr.notes where title = ? and at is not distinct from ?")) {
            schema.relay().resetRoundTrips();
            for (int i = 1; i <= 20; i++) {
                statement.setString(1, "of alice");
                statement.setNull(2, Types.OTHER, "timestamptz");
                try (ResultSet rows = statement.executeQuery()) {
                    assertThat(rows.next()).isTrue();
                }
                assertThat(schema.relay().roundTrips()).isEqualTo(i);
            }
        }
    }

    @Test
    void transaction_ofFourStatements_costsFiveRoundTrips() throws SQLException {
        for (int i = 0; i < 8; i++) {
            schema.relay().resetRoundTrips();
            connection.setAutoCommit(false);
            titles(connection);
            titles(connection);
            update(connection, NOTHING);
            titles(connection);
            connection.commit();
            connection.setAutoCommit(true);

            assertThat(schema.relay().roundTrips()).isEqualTo(5);
        }
    }

    @Test
    void transaction_withChangedContext_costsNothingMore() throws SQLException {
        schema.relay().resetRoundTrips();
        connection.setAutoCommit(false);
        titles(connection);
        as(AS_ALICE.through(DatabaseRole.PAYMENTS));
        titles(connection);
        as(AS_ALICE);
        titles(connection);
        connection.commit();

        assertThat(schema.relay().roundTrips()).isEqualTo(4);
    }

    @Test
    void query_thatFails_leavesNothing() throws SQLException {
        assertThatThrownBy(() -> update(connection, "select 1 / 0")).isInstanceOf(SQLException.class);
        assertThat(SmallSchema.sessionState(raw)).isEqualTo(stateBefore);

        as(AS_BOB);
        assertThat(titles(connection)).containsExactly("of bob");
    }

    @Test
    void query_beyondTheStatementTimeout_isCancelled() throws SQLException {
        SessionConnection hasty =
                new SessionConnection(raw, new Prelude(java.time.Duration.ofMillis(50)), BindGuard.ON);
        hasty.become(new Acting("test", AS_ALICE));

        assertThatThrownBy(() -> update(hasty, "select pg_sleep(30)"))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("57014");
        assertThat(SmallSchema.sessionState(raw)).isEqualTo(stateBefore);
    }

    @Test
    void commit_afterAFailedStatement_failsInsteadOfRollingBackInSilence() throws SQLException {
        connection.setAutoCommit(false);
        update(connection, "update snagr.notes set n = 99");
        assertThatThrownBy(() -> update(connection, "select 1 / 0")).isInstanceOf(SQLException.class);

        assertThatThrownBy(() -> connection.commit())
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("25P02");
        connection.setAutoCommit(true);
        assertThat(schema.value("select count(*) from snagr.notes where n = 99"))
                .isEqualTo("0");
    }

    @Test
    void autocommit_switchedOnAfterAFailedStatement_failsToo() throws SQLException {
        connection.setAutoCommit(false);
        assertThatThrownBy(() -> update(connection, "select 1 / 0")).isInstanceOf(SQLException.class);

        assertThatThrownBy(() -> connection.setAutoCommit(true)).isInstanceOf(SQLException.class);
    }

    @Test
    void commit_afterAFailureTakenBackToASavepoint_keepsTheRest() throws SQLException {
        connection.setAutoCommit(false);
        update(connection, "update snagr.notes set n = 98");
        Savepoint savepoint = connection.setSavepoint("before");
        assertThatThrownBy(() -> update(connection, "select 1 / 0")).isInstanceOf(SQLException.class);
        connection.rollback(savepoint);
        connection.commit();
        connection.setAutoCommit(true);

        assertThat(schema.value("select count(*) from snagr.notes where n = 98"))
                .isEqualTo("1");
    }

    @Test
    void batch_inAutocommit_isAllOrNothing() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("insert into snagr.notes (user_id, title) values (?, ?)")) {
            for (String title : List.of("one", "two", "")) {
                statement.setObject(1, ALICE.value());
                statement.setString(2, title);
                statement.addBatch();
            }
            assertThatThrownBy(statement::executeBatch).isInstanceOf(SQLException.class);
        }

        assertThat(titles(connection)).containsExactly("of alice");
        assertThat(connection.getAutoCommit()).isTrue();
    }

    @Test
    void contexts_alternatingOnOneConnection_seeTheirOwnRowsOnly() throws SQLException {
        for (int i = 0; i < 30; i++) {
            as(AS_ALICE);
            assertThat(titles(connection)).containsExactly("of alice");
            as(AS_BOB);
            assertThat(titles(connection)).containsExactly("of bob");
            as(AS_MATCHER);
            assertThat(titles(connection)).containsExactly("of alice", "of bob");
        }
    }

    @Test
    void admin_inAutocommit_leavesAnEventInTheSameRoundTrip() throws SQLException {
        as(AS_ADMIN);
        titles(connection);
        schema.relay().resetRoundTrips();

        for (int i = 1; i <= 12; i++) {
            assertThat(titles(connection)).containsExactly("of alice", "of bob");
            assertThat(schema.relay().roundTrips()).isEqualTo(i);
        }

        assertThat(schema.value("select string_agg(distinct concat_ws('|', actor, role, action, object, reason), ';')"
                        + " || count(*) from snagr.audit_events"))
                .isEqualTo("ops \"x\" \\ é|snagr_admin|admin_statement|test|ticket 713");
    }

    @Test
    void admin_inATransaction_leavesAnEventWithEachStatement() throws SQLException {
        as(AS_ADMIN);
        connection.setAutoCommit(false);
        titles(connection);
        update(connection, NOTHING);
        titles(connection);
        connection.commit();

        assertThat(schema.value("select count(*) from snagr.audit_events")).isEqualTo("3");
    }

    @Test
    void admin_whoseEventCannotBeWritten_readsNothing() {
        as(AS_ADMIN.through(DatabaseRole.MATCHER));

        assertThatThrownBy(() -> titles(connection))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("42501");
    }

    @Test
    void statement_withoutActor_isRefused() {
        connection.become(null);

        assertThatThrownBy(() -> titles(connection)).hasMessageContaining("without an actor");
    }

    @Test
    void copy_outsideATransaction_isRefused() {
        assertThatThrownBy(() -> connection.copyIn(STAGE)).hasMessageContaining("COPY outside a transaction");
    }

    @Test
    void execution_withAParameterMissing_saysWhich() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select 1 where ? = 'a' and ? = 'b' and ? = 'c'")) {
            statement.setString(1, "a");
            statement.setString(3, "c");

            assertThatThrownBy(statement::executeQuery).hasMessageContaining("without parameter 2");
        }
    }

    @Test
    void metaData_beforeExecution_isRefused() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TITLES)) {
            assertThatThrownBy(statement::getMetaData).hasMessageContaining("before the execution");
        }
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void session_stateAndOtherWays_areRefusedWithoutAWordToTheServer(Call call) {
        schema.relay().resetRoundTrips();

        assertThatThrownBy(() -> call.on(connection))
                .isInstanceOf(ai.snagr.data.SnagrDataException.Failed.class)
                .hasMessageContaining("refused");
        assertThat(schema.relay().roundTrips()).isZero();
    }

    static Stream<Call> forbidden() {
        List<Call> calls = new ArrayList<>(List.of(
                Connection::createStatement,
                c -> c.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY),
                c -> c.prepareCall("call x()"),
                c -> c.prepareStatement("select 1", Statement.RETURN_GENERATED_KEYS),
                c -> c.prepareStatement("select 1", new String[] {"id"}),
                c -> c.prepareStatement("select 1", new int[] {1}),
                c -> c.prepareStatement("select 1", ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY),
                c -> c.setSchema("public"),
                Connection::getSchema,
                c -> c.setCatalog("x"),
                c -> c.setReadOnly(true),
                c -> c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE),
                c -> c.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT),
                c -> c.setClientInfo("ApplicationName", "x"),
                c -> c.setClientInfo(new Properties()),
                c -> c.setNetworkTimeout((Executor) Runnable::run, 1),
                Connection::getMetaData,
                c -> c.unwrap(PGConnection.class),
                c -> c.prepareStatement("select 1").execute("select 2"),
                c -> c.prepareStatement("select 1").executeQuery("select 2"),
                c -> c.prepareStatement("select 1").addBatch("select 2"),
                c -> c.prepareStatement("select 1").getGeneratedKeys()));
        for (String sql : List.of(
                "set role snagr_admin",
                " SET search_path = x",
                "reset role",
                "begin",
                "commit",
                "rollback",
                "end",
                "discard all",
                "listen x",
                "vacuum",
                "do $$ begin commit; end $$",
                "call x()",
                "create temp table x ()",
                "prepare x as select 1",
                "/* hidden */ set role none",
                "")) {
            calls.add(c -> c.prepareStatement(sql));
        }
        return calls.stream();
    }

    @FunctionalInterface
    interface Call {
        void on(Connection connection) throws Exception;
    }

    private void as(ActorContext context) {
        connection.become(new Acting("test", context));
    }

    private static List<String> titles(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TITLES)) {
            return read(statement);
        }
    }

    private static List<String> read(PreparedStatement statement) throws SQLException {
        List<String> titles = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                titles.add(rows.getString(1));
            }
        }
        return titles;
    }

    private static void update(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    private static long copy(SessionConnection connection) throws SQLException {
        return SmallSchema.copy(connection, STAGE, "\\N\tcopied\n");
    }
}

package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.postgres.internal.connect.Transport;
import ai.snagr.data.spi.StoreAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.ds.PGSimpleDataSource;

/** One connection outside any pool: for questions to the system catalogs, and for statements that define things. */
final class Catalog implements AutoCloseable {
    private static final int CONNECT_SECONDS = 10;

    private final Connection connection;

    private Catalog(Connection connection) {
        this.connection = connection;
    }

    static Catalog open(StoreAddress address) throws SQLException {
        return new Catalog(dataSource(address).getConnection());
    }

    /** How these connections are made, for the migration engine, which makes its own. */
    static PGSimpleDataSource dataSource(StoreAddress address) {
        PGSimpleDataSource source = Transport.dataSource(address);
        source.setApplicationName("snagr-data setup");
        source.setConnectTimeout(CONNECT_SECONDS);
        // Behind a transaction pooler no statement stays prepared.
        source.setPrepareThreshold(0);
        return source;
    }

    /** Such as 18. */
    int serverMajor() throws SQLException {
        return connection.getMetaData().getDatabaseMajorVersion();
    }

    /** Such as {@code 18.6}. */
    String serverVersion() throws SQLException {
        // Packagers append their own name: 18.6 (Debian 18.6-1).
        return connection.getMetaData().getDatabaseProductVersion().split(" ", 2)[0];
    }

    /** The process that serves this connection, by what was said when it began. */
    String announcedBackend() throws SQLException {
        return Integer.toString(connection.unwrap(PGConnection.class).getBackendPID());
    }

    /** A statement that is prepared on the server by its first execution; for the caller to close. */
    PreparedStatement preparedAtOnce(String query) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(query);
        statement.unwrap(PGStatement.class).setPrepareThreshold(1);
        return statement;
    }

    /** Breaks the connection when an answer takes longer. */
    void limitAnswers(int millis) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, millis);
    }

    /** The answer to a question that has one row and one column. */
    boolean ask(String question, Object... parameters) throws SQLException {
        return list(question, parameters).equals(List.of("t"));
    }

    /** The first column of the first row as text, or empty if there is no row. */
    Optional<String> find(String query, Object... parameters) throws SQLException {
        return list(query, parameters).stream().findFirst();
    }

    /** The first column as text, without nulls. */
    List<String> list(String query, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                List<String> answer = new ArrayList<>();
                while (rows.next()) {
                    String value = rows.getString(1);
                    if (value != null) {
                        answer.add(value);
                    }
                }
                return answer;
            }
        }
    }

    void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Runs the queries of the work in one transaction, which is rolled back. */
    <T> T within(Questions<T> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            return work.answer();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** Runs the statements of the change in one transaction. */
    void transact(Migrator.Change change) throws SQLException {
        connection.setAutoCommit(false);
        try {
            change.make();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /** What is asked in one transaction. */
    interface Questions<T> {
        T answer() throws SQLException;
    }

    /** A name as an identifier in a statement. */
    static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** A text as a literal in a statement. */
    static String literal(String text) {
        return (text.indexOf('\\') < 0 ? "'" : "E'")
                + text.replace("\\", "\\\\").replace("'", "''")
                + '\'';
    }
}

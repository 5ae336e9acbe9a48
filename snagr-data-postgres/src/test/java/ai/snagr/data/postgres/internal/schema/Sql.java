package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.spi.StoreAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Raw SQL on one connection, below everything that the library guards. */
public final class Sql implements AutoCloseable {
    private final Connection connection;

    public Sql(Connection connection) {
        this.connection = connection;
    }

    public static Sql open(StoreAddress address) throws SQLException {
        return new Sql(DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password()));
    }

    /** Runs one statement and says how many rows it changed, or returned. */
    public int run(String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            if (!statement.execute()) {
                return statement.getUpdateCount();
            }
            return texts(statement.getResultSet()).size();
        }
    }

    /** The rows, each as its columns joined by a bar; a null is empty. */
    public List<String> list(String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            return texts(statement.executeQuery());
        }
    }

    /** The only row, its columns joined by a bar. */
    public String one(String sql, @Nullable Object... parameters) throws SQLException {
        List<String> rows = list(sql, parameters);
        if (rows.size() != 1) {
            throw new IllegalStateException(rows.size() + " rows from " + sql);
        }
        return rows.get(0);
    }

    /** What the work returns, done in one transaction as that role and, where there is one, on behalf of that user. */
    public <T> T as(String role, Optional<UUID> user, Work<T> work) throws SQLException {
        begin(role, user);
        try {
            T result = work.run();
            commit();
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            rollback();
            throw e;
        }
    }

    public <T> T as(String role, UUID user, Work<T> work) throws SQLException {
        return as(role, Optional.of(user), work);
    }

    public <T> T as(String role, Work<T> work) throws SQLException {
        return as(role, Optional.empty(), work);
    }

    /** Opens a transaction as that role. */
    public void begin(String role, Optional<UUID> user) throws SQLException {
        connection.setAutoCommit(false);
        String sub = user.map(id -> "\"sub\":\"" + id + "\",").orElse("");
        String exp = role.equals("snagr_admin")
                ? "\"exp\":" + Instant.now().plusSeconds(600).getEpochSecond() + ","
                : "";
        list(
                "select set_config('role', ?, true), set_config('request.jwt.claims', ?, true)",
                role,
                "{" + sub + exp + "\"role\":\"" + role + "\"}");
    }

    public void commit() throws SQLException {
        connection.commit();
        connection.setAutoCommit(true);
    }

    public void rollback() throws SQLException {
        connection.rollback();
        connection.setAutoCommit(true);
    }

    public Connection connection() {
        return connection;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private PreparedStatement prepare(String sql, @Nullable Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    private static List<String> texts(ResultSet rows) throws SQLException {
        List<String> texts = new ArrayList<>();
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
            StringBuilder text = new StringBuilder();
            for (int i = 1; i <= columns; i++) {
                String value = rows.getString(i);
                text.append(i == 1 ? "" : "|").append(value == null ? "" : value);
            }
            texts.add(text.toString());
        }
        return texts;
    }

    /** What is done in a transaction. */
    public interface Work<T> {
        T run() throws SQLException;
    }
}

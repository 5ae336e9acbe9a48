package ai.snagr.data.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The driver, mapped by hand, with each way to say for whom the rows are. */
final class JdbcPeer implements Peer {
    private final HikariDataSource pool;
    private final Way way;

    JdbcPeer(HikariDataSource pool, Way way) {
        this.pool = pool;
        this.way = way;
    }

    /** How the server learns for whom the rows are. */
    enum Way {
        /** Not at all: a login that no policy binds. */
        UNBOUND,
        /** In the message of the query, as this library does it. */
        SAME_MESSAGE,
        /** In a transaction: begin and context, query, commit. */
        TRANSACTION
    }

    @Override
    public PointRow find(UUID user, UUID id) throws SQLException {
        return rows(POINT, user, id, JdbcPeer::pointRow).get(0);
    }

    @Override
    public List<PageRow> page(UUID user, UUID search) throws SQLException {
        return rows(PAGE, user, search, JdbcPeer::pageRow);
    }

    private <T> List<T> rows(String sql, UUID user, UUID id, Mapper<T> mapper) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return switch (way) {
                case UNBOUND -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql)) {
                        statement.setObject(1, user);
                        statement.setObject(2, id);
                        yield all(statement.executeQuery(), mapper);
                    }
                }
                case SAME_MESSAGE -> {
                    try (PreparedStatement statement = connection.prepareStatement(CONTEXT_AND_LIMIT + ";\n" + sql)) {
                        statement.setString(1, "snagr_user");
                        statement.setString(2, Peer.claims(user));
                        statement.setString(3, "30000");
                        statement.setObject(4, user);
                        statement.setObject(5, id);
                        statement.execute();
                        statement.getMoreResults();
                        yield all(statement.getResultSet(), mapper);
                    }
                }
                case TRANSACTION -> {
                    connection.setAutoCommit(false);
                    try (PreparedStatement context = connection.prepareStatement(CONTEXT);
                            PreparedStatement statement = connection.prepareStatement(sql)) {
                        context.setString(1, Peer.claims(user));
                        context.execute();
                        statement.setObject(1, user);
                        statement.setObject(2, id);
                        List<T> rows = all(statement.executeQuery(), mapper);
                        connection.commit();
                        yield rows;
                    } finally {
                        connection.setAutoCommit(true);
                    }
                }
            };
        }
    }

    private static final String CONTEXT_AND_LIMIT = "select set_config('role', ?, true),"
            + " set_config('request.jwt.claims', ?, true), set_config('statement_timeout', ?, true)";

    private static <T> List<T> all(ResultSet rows, Mapper<T> mapper) throws SQLException {
        List<T> all = new ArrayList<>();
        while (rows.next()) {
            all.add(mapper.map(rows));
        }
        return all;
    }

    private static PointRow pointRow(ResultSet row) throws SQLException {
        return new PointRow(
                row.getObject(1, UUID.class),
                row.getObject(2, UUID.class),
                row.getObject(3, UUID.class),
                row.getString(4),
                row.getLong(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getObject(9, OffsetDateTime.class),
                integer(row, 10),
                row.getDouble(11),
                row.getObject(12, OffsetDateTime.class),
                row.getObject(13, OffsetDateTime.class));
    }

    private static PageRow pageRow(ResultSet row) throws SQLException {
        return new PageRow(
                row.getObject(1, UUID.class),
                row.getObject(2, UUID.class),
                row.getString(3),
                row.getLong(4),
                row.getString(5),
                row.getString(6),
                row.getObject(7, OffsetDateTime.class),
                integer(row, 8),
                row.getDouble(9));
    }

    private static @Nullable Integer integer(ResultSet row, int column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }

    /** Its pool belongs to whoever made it. */
    @Override
    public void close() {}

    private interface Mapper<T> {
        T map(ResultSet row) throws SQLException;
    }
}

package ai.snagr.data.postgres.internal.connect;

import java.sql.ResultSet;
import java.sql.SQLException;

/** Makes one value of the current row, whose columns it reads by their position. */
@FunctionalInterface
public interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
}

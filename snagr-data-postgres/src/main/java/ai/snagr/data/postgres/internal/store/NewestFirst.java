package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.Query;

/**
 * A list ordered by an instant and the id, both descending.
 *
 * @param name the operation, which is also what its cursors are told apart by
 * @param sql its keyset condition names {@code :afterAt} and {@code :afterId}
 * @param position the instant and id of a row
 */
record NewestFirst<T>(String name, PagedSql sql, RowMapper<T> row, Function<T, ListId.Position> position) {
    /**
     * One page of the list.
     *
     * @param filters the parameters of its fixed conditions; a cursor is good for the same filters only
     */
    Slice<T> read(Caller caller, Page page, Map<String, UUID> filters) {
        ListId list = ListId.of(name, new TreeMap<>(filters));
        Optional<ListId.Position> after = list.position(page);
        List<T> rows = caller.run(name, handle -> {
            Query query = handle.createQuery(sql.forPage(page));
            filters.forEach(query::bind);
            after.ifPresent(place -> query.bind("afterAt", place.instant()).bind("afterId", place.id()));
            return query.map(row).list();
        });
        return list.slice(page, rows, position);
    }
}

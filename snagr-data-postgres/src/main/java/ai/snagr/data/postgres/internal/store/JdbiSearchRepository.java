package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.SqlErrors;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.search.SearchRepository;
import ai.snagr.data.user.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.mapper.RowMapper;

final class JdbiSearchRepository implements SearchRepository {
    private static final String COLUMNS = "id, user_id, query_text, parameters, last_activity_at, created_at";

    private static final RowMapper<Search> SEARCH = (row, context) -> search(row);

    /** A deleted account gets no new search, and so no job: its row is what the insert selects from. */
    private static final String CREATE = """
            with search as (
                insert into snagr.searches (user_id, id, query_text, parameters)
                select account.id, :id, :queryText, cast(:parameters as jsonb)
                from snagr.users as account
                where account.id = :userId
                and account.deleted_at is null
                returning %s),
            job as (
                insert into snagr.jobs (user_id, id, search_id, status, origin)
                select user_id, :jobId, id, 'pending', 'first_run'
                from search)
            select %s
            from search""".formatted(COLUMNS, COLUMNS);

    private static final String BY_ID = "select %s from snagr.searches where user_id = ? and id = ?".formatted(COLUMNS);

    private static final String BY_IDS = """
            select %s
            from snagr.searches
            where user_id = :userId
            and id = any(:ids)
            order by id""".formatted(COLUMNS);

    private static final NewestFirst<Search> LIST = new NewestFirst<>(
            "searches.list",
            new PagedSql(
                    """
                    select %s
                    from snagr.searches
                    where user_id = :userId""".formatted(COLUMNS),
                    "and (created_at, id) < (:afterAt, :afterId)",
                    "order by created_at desc, id desc"),
            SEARCH,
            JdbiSearchRepository::position);

    private static final String LIST_BY_TEXT =
            "select %s from snagr.search_searches(:words, :afterAt, :afterId, :limit)".formatted(COLUMNS);

    private static final String TOUCH = """
            update snagr.searches
            set last_activity_at = now()
            where user_id = :userId
            and id = :id""";

    /** An unlock protects its match for good, also after a refund: it is the record of what was sold. */
    private static final String DELETE = """
            with protected as (
                select 1
                from snagr.unlocks as opened
                join snagr.matches as match on match.user_id = opened.user_id and match.id = opened.match_id
                where opened.user_id = :userId
                and match.user_id = :userId
                and match.search_id = :id
                limit 1),
            deleted as (
                delete from snagr.searches
                where user_id = :userId
                and id = :id
                and not exists (select from protected)
                returning id)
            select exists (select from deleted), exists (select from protected)""";

    private final Caller caller;

    JdbiSearchRepository(Caller caller) {
        this.caller = caller;
    }

    @Override
    public Search create(NewSearch search) {
        UserId user = caller.user("searches.create");
        String parameters = SearchParametersJson.write(search.parameters());
        return caller.run(
                        "searches.create",
                        handle -> handle.createQuery(CREATE)
                                .bind("userId", user.value())
                                .bind("id", Ids.next())
                                .bind("jobId", Ids.next())
                                .bind("queryText", search.queryText())
                                .bind("parameters", parameters)
                                .map(SEARCH)
                                .findOne())
                .orElseThrow(() -> Missing.row("user", user));
    }

    @Override
    public Optional<Search> find(SearchId id) {
        UserId user = caller.user("searches.find");
        return caller.find("searches.find", BY_ID, JdbiSearchRepository::search, user.value(), id.value());
    }

    @Override
    public Search get(SearchId id) {
        return find(id).orElseThrow(() -> Missing.row("search", id));
    }

    @Override
    public List<Search> findAll(Collection<SearchId> ids) {
        UserId user = caller.user("searches.findAll");
        UUID[] wanted = Ids.array("ids", ids, SearchId::value);
        return caller.run(
                "searches.findAll",
                handle -> handle.createQuery(BY_IDS)
                        .bind("userId", user.value())
                        .bind("ids", wanted)
                        .map(SEARCH)
                        .list());
    }

    @Override
    public Slice<Search> list(Page page) {
        UserId user = caller.user("searches.list");
        return LIST.read(caller, page, Map.of("userId", user.value()));
    }

    @Override
    public Slice<Search> listByText(String text, Page page) {
        String operation = "searches.listByText";
        UserId user = caller.user(operation);
        String words = Inputs.words(operation, text);
        ListId list = ListId.of(operation, user, words);
        Optional<ListId.Position> after = list.position(page);
        List<Search> rows = caller.run(
                operation,
                handle -> handle.createQuery(LIST_BY_TEXT)
                        .bind("words", words)
                        .bindByType(
                                "afterAt", after.map(ListId.Position::instant).orElse(null), Instant.class)
                        .bindByType("afterId", after.map(ListId.Position::id).orElse(null), UUID.class)
                        .bind("limit", page.size() + 1)
                        .map(SEARCH)
                        .list());
        return list.slice(page, rows, JdbiSearchRepository::position);
    }

    @Override
    public void touch(SearchId id) {
        UserId user = caller.user("searches.touch");
        int touched = caller.run(
                "searches.touch",
                handle -> handle.createUpdate(TOUCH)
                        .bind("userId", user.value())
                        .bind("id", id.value())
                        .execute());
        if (touched == 0) {
            throw Missing.row("search", id);
        }
    }

    @Override
    public boolean delete(SearchId id) {
        UserId user = caller.user("searches.delete");
        Deletion deletion = caller.run("searches.delete", handle -> {
            try {
                return handle.createQuery(DELETE)
                        .bind("userId", user.value())
                        .bind("id", id.value())
                        .map((row, context) -> new Deletion(row.getBoolean(1), row.getBoolean(2)))
                        .one();
            } catch (JdbiException e) {
                // An unlock that was committed after the statement began: only its foreign key sees it.
                throw SqlErrors.violates(e, "unlocks_match_fkey") ? kept(id) : e;
            }
        });
        if (deletion.isProtected()) {
            throw kept(id);
        }
        return deletion.done();
    }

    private static SnagrDataException kept(SearchId id) {
        return new SnagrDataException.Conflict(
                ErrorCode.WRONG_STATE,
                "Search " + id + " stays: one of its matches was unlocked, and what was paid for is kept");
    }

    private static Search search(ResultSet row) throws SQLException {
        return new Search(
                new SearchId(Rows.uuid(row, 1)),
                new UserId(Rows.uuid(row, 2)),
                row.getString(3),
                SearchParametersJson.read(row.getString(4)),
                Rows.instant(row, 5),
                Rows.instant(row, 6));
    }

    private static ListId.Position position(Search search) {
        return ListId.Position.at(search.createdAt(), search.id().value());
    }

    private record Deletion(boolean done, boolean isProtected) {}
}

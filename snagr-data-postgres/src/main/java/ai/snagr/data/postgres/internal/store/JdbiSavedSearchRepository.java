package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.search.Frequency;
import ai.snagr.data.search.SavedSearch;
import ai.snagr.data.search.SavedSearchId;
import ai.snagr.data.search.SavedSearchRepository;
import ai.snagr.data.search.SavedSearchStatus;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;

final class JdbiSavedSearchRepository implements SavedSearchRepository {
    private static final String COLUMNS =
            "id, user_id, search_id, status, frequency, last_run_at, next_run_at, created_at";

    private static final RowMapper<SavedSearch> SAVED_SEARCH = (row, context) -> new SavedSearch(
            new SavedSearchId(Rows.uuid(row, 1)),
            new UserId(Rows.uuid(row, 2)),
            new SearchId(Rows.uuid(row, 3)),
            Rows.constant(row, 4, SavedSearchStatus.class),
            Rows.constant(row, 5, Frequency.class),
            Rows.instantOrNull(row, 6),
            Rows.instant(row, 7),
            Rows.instant(row, 8));

    private static final String SAVE = """
            insert into snagr.saved_searches (user_id, id, search_id, status, frequency, next_run_at)
            select search.user_id, :id, search.id, 'active', :frequency, :nextRunAt
            from snagr.searches as search
            where search.user_id = :userId
            and search.id = :searchId
            on conflict (user_id, search_id) do update
            set status = excluded.status,
                frequency = excluded.frequency,
                next_run_at = excluded.next_run_at
            returning %s""".formatted(COLUMNS);

    private static final String BY_ID =
            "select %s from snagr.saved_searches where user_id = :userId and id = :id".formatted(COLUMNS);

    private static final NewestFirst<SavedSearch> LIST_ACTIVE = new NewestFirst<>(
            "savedSearches.listActive",
            new PagedSql(
                    """
                    select %s
                    from snagr.saved_searches
                    where user_id = :userId
                    and status = 'active'""".formatted(COLUMNS),
                    "and (created_at, id) < (:afterAt, :afterId)",
                    "order by created_at desc, id desc"),
            SAVED_SEARCH,
            saved -> ListId.Position.at(saved.createdAt(), saved.id().value()));

    private static final String PAUSE = """
            update snagr.saved_searches
            set status = 'paused'
            where user_id = :userId
            and id = :id
            returning %s""".formatted(COLUMNS);

    private static final String DELETE = """
            delete from snagr.saved_searches
            where user_id = :userId
            and id = :id""";

    private final Caller caller;

    JdbiSavedSearchRepository(Caller caller) {
        this.caller = caller;
    }

    @Override
    public SavedSearch save(SearchId searchId, Frequency frequency, Instant nextRunAt) {
        String operation = "savedSearches.save";
        UserId user = caller.user(operation);
        Inputs.when(operation, "nextRunAt", nextRunAt);
        return caller.run(
                        operation,
                        handle -> handle.createQuery(SAVE)
                                .bind("userId", user.value())
                                .bind("id", Ids.next())
                                .bind("searchId", searchId.value())
                                .bind("frequency", Rows.stored(frequency))
                                .bind("nextRunAt", nextRunAt)
                                .map(SAVED_SEARCH)
                                .findOne())
                .orElseThrow(() -> Missing.row("search", searchId));
    }

    @Override
    public Optional<SavedSearch> find(SavedSearchId id) {
        UserId user = caller.user("savedSearches.find");
        return caller.run(
                "savedSearches.find",
                handle -> handle.createQuery(BY_ID)
                        .bind("userId", user.value())
                        .bind("id", id.value())
                        .map(SAVED_SEARCH)
                        .findOne());
    }

    @Override
    public Slice<SavedSearch> listActive(Page page) {
        UserId user = caller.user("savedSearches.listActive");
        return LIST_ACTIVE.read(caller, page, Map.of("userId", user.value()));
    }

    @Override
    public SavedSearch pause(SavedSearchId id) {
        UserId user = caller.user("savedSearches.pause");
        return caller.run(
                        "savedSearches.pause",
                        handle -> handle.createQuery(PAUSE)
                                .bind("userId", user.value())
                                .bind("id", id.value())
                                .map(SAVED_SEARCH)
                                .findOne())
                .orElseThrow(() -> Missing.row("saved search", id));
    }

    @Override
    public boolean delete(SavedSearchId id) {
        UserId user = caller.user("savedSearches.delete");
        return caller.run(
                        "savedSearches.delete",
                        handle -> handle.createUpdate(DELETE)
                                .bind("userId", user.value())
                                .bind("id", id.value())
                                .execute())
                > 0;
    }
}

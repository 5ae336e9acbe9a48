package ai.snagr.data.search;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import java.time.Instant;
import java.util.Optional;

/** The saved searches of the user that the actor stands for. Those that are due are started by {@code JobRepository.startDue}. */
public interface SavedSearchRepository {
    /**
     * The saved search, active. Saving a search that is saved already changes its frequency and next run and makes it
     * active again. For the user.
     *
     * @param nextRunAt when it runs first, 1970 to 9999; a time in the past means at once
     * @throws SnagrDataException NOT_FOUND if the user has no such search; INVALID_INPUT if the time is out of range
     */
    SavedSearch save(SearchId searchId, Frequency frequency, Instant nextRunAt);

    /** The saved search, or empty if the actor sees none with this id. */
    Optional<SavedSearch> find(SavedSearchId id);

    /**
     * The user's active saved searches, newest first; an empty slice when there are none.
     *
     * @return ordered by (createdAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list
     */
    Slice<SavedSearch> listActive(Page page);

    /**
     * The saved search, no longer running. Repeating it changes nothing. For the user.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this id
     */
    SavedSearch pause(SavedSearchId id);

    /** Whether the saved search was there and is gone now; the search itself stays. For the user. */
    boolean delete(SavedSearchId id);
}

package ai.snagr.data.search;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The searches of the user that the actor stands for. MATCHER reads those of any user by id, on his behalf. */
public interface SearchRepository {
    /**
     * The stored search. Its first job is created with it, in the same statement, pending. For the user.
     *
     * @throws SnagrDataException NOT_FOUND if the user's account is gone
     */
    Search create(NewSearch search);

    /** The search, or empty if the actor sees none with this id. */
    Optional<Search> find(SearchId id);

    /**
     * The search.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this id
     */
    Search get(SearchId id);

    /** Those of the searches that the actor sees, in the order of the ids, each once; at most 1,000 ids. */
    List<Search> findAll(Collection<SearchId> ids);

    /**
     * The user's searches, newest first; an empty slice when there are none.
     *
     * @return ordered by (createdAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list
     */
    Slice<Search> list(Page page);

    /**
     * The user's searches whose query text matches, newest first; an empty slice when there are none.
     *
     * @param text words as for a web search engine: {@code "exact words"}, {@code or}, {@code -without}; 1 to 500
     *     characters (<a href="https://www.postgresql.org/docs/current/textsearch-controls.html">websearch_to_tsquery</a>)
     * @return ordered by (createdAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list or text
     */
    Slice<Search> listByText(String text, Page page);

    /**
     * Notes that the user looked at the search now.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this id
     */
    void touch(SearchId id);

    /**
     * Whether the search was there and is deleted now, with its jobs, its matches and its saved search.
     *
     * @throws SnagrDataException WRONG_STATE if one of its matches is unlocked; those are kept
     */
    boolean delete(SearchId id);
}

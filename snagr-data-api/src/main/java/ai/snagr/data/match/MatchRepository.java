package ai.snagr.data.match;

import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.VersionTag;
import ai.snagr.data.Versioned;
import ai.snagr.data.bulk.BulkReport;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import ai.snagr.data.search.SearchId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The matches of the user that the actor stands for. MATCHER writes them, on behalf of that user. */
public interface MatchRepository {
    /** The match, or empty if the actor sees none with this id. */
    Optional<MatchDetails> find(MatchId id);

    /**
     * The match.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this id
     */
    MatchDetails get(MatchId id);

    /** Those of the matches that the actor sees, in the order of the ids, each once; at most 1,000 ids. */
    List<Match> findAll(Collection<MatchId> ids);

    /**
     * The matches of one of the user's searches, best first; an empty slice when there are none, or no such search.
     *
     * @return ordered by (relevanceScore, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list or other filters
     */
    Slice<Match> listBySearch(SearchId searchId, MatchQuery query);

    /**
     * The same page with the tag of its state, or empty if it is still in the known state: then no row is sent. One
     * statement either way. This is what a cache, or a web service that answers {@code If-None-Match}, asks.
     *
     * @param known the tag of an earlier answer to this very call; empty to read in any case
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list or other filters
     */
    Optional<Versioned<Slice<Match>>> listBySearchIfChanged(
            SearchId searchId, MatchQuery query, Optional<VersionTag> known);

    /**
     * Writes what a job found, in one transaction: a listing that the search does not have is inserted, one that it has is
     * updated where something visible changed. Seller and address are sealed on the way. The stream is read once,
     * lazily and in constant memory, and is not closed. For MATCHER on behalf of the lease's user.
     *
     * @param matches any number, each external id at most once
     * @throws SnagrDataException DUPLICATE_IN_BATCH if an external id stands twice in the stream; LEASE_LOST if the job was
     *     claimed by another or ended. Whatever is thrown, by the stream too, nothing was written
     */
    @CanIgnoreReturnValue
    BulkReport upsertAll(JobLease lease, Stream<NewMatch> matches);
}

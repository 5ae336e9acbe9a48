package ai.snagr.data.cache;

import ai.snagr.data.Slice;
import ai.snagr.data.VersionTag;
import ai.snagr.data.Versioned;
import ai.snagr.data.bulk.BulkReport;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchDetails;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.MatchRepository;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Unfiltered first pages come from the cache when the database confirms them; the rest passes through. */
final class CachedMatchRepository implements MatchRepository {
    private final MatchRepository matches;
    private final UserId user;
    private final MatchPages pages;

    CachedMatchRepository(MatchRepository matches, UserId user, MatchPages pages) {
        this.matches = matches;
        this.user = user;
        this.pages = pages;
    }

    @Override
    public Slice<Match> listBySearch(SearchId searchId, MatchQuery query) {
        if (!query.isUnfiltered() || query.page().after().isPresent()) {
            return matches.listBySearch(searchId, query);
        }
        return pages.read(
                new PageKey(user, searchId, query.page().size()),
                known -> matches.listBySearchIfChanged(searchId, query, known));
    }

    @Override
    public Optional<Versioned<Slice<Match>>> listBySearchIfChanged(
            SearchId searchId, MatchQuery query, Optional<VersionTag> known) {
        return matches.listBySearchIfChanged(searchId, query, known);
    }

    @Override
    public Optional<MatchDetails> find(MatchId id) {
        return matches.find(id);
    }

    @Override
    public MatchDetails get(MatchId id) {
        return matches.get(id);
    }

    @Override
    public List<Match> findAll(Collection<MatchId> ids) {
        return matches.findAll(ids);
    }

    @Override
    public BulkReport upsertAll(JobLease lease, Stream<NewMatch> found) {
        return matches.upsertAll(lease, found);
    }
}

package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Money;
import ai.snagr.data.Slice;
import ai.snagr.data.VersionTag;
import ai.snagr.data.Versioned;
import ai.snagr.data.WebUrl;
import ai.snagr.data.bulk.BulkReport;
import ai.snagr.data.job.JobId;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchDetails;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.MatchRepository;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.postgres.internal.connect.RowReader;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** Matches. No statement here selects a sealed column, or the listing's own id, from which its address can be told. */
final class JdbiMatchRepository implements MatchRepository {
    private static final RowMapper<Match> MATCH = (row, context) -> match(row);

    private static final RowReader<MatchDetails> DETAILS = row -> new MatchDetails(
            match(row), new JobId(Rows.uuid(row, 10)), row.getString(11), Rows.instant(row, 12), Rows.instant(row, 13));

    private static final RowReader<Tagged> TAGGED =
            row -> new Tagged(row.getString(10), row.getString(1) == null ? null : match(row));

    private static final String BY_ID = """
            select %s, job_id, description, created_at, updated_at
            from snagr.matches
            where user_id = ?
            and id = ?""".formatted(MatchPages.COLUMNS);

    private static final String BY_IDS = """
            select %s
            from snagr.matches
            where user_id = :userId
            and id = any(:ids)
            order by id""".formatted(MatchPages.COLUMNS);

    private final Caller caller;
    private final SubjectKeys subjectKeys;

    JdbiMatchRepository(Caller caller, SubjectKeys subjectKeys) {
        this.caller = caller;
        this.subjectKeys = subjectKeys;
    }

    @Override
    public Optional<MatchDetails> find(MatchId id) {
        UserId user = caller.user("matches.find");
        return caller.find("matches.find", BY_ID, DETAILS, user.value(), id.value());
    }

    @Override
    public MatchDetails get(MatchId id) {
        return find(id).orElseThrow(() -> Missing.row("match", id));
    }

    @Override
    public List<Match> findAll(Collection<MatchId> ids) {
        UserId user = caller.user("matches.findAll");
        UUID[] values = Ids.array("ids", ids, MatchId::value);
        return caller.run(
                "matches.findAll",
                handle -> handle.createQuery(BY_IDS)
                        .bind("userId", user.value())
                        .bind("ids", values)
                        .map(MATCH)
                        .list());
    }

    @Override
    public Slice<Match> listBySearch(SearchId searchId, MatchQuery query) {
        MatchPages pages = new MatchPages(caller.user("matches.listBySearch"), searchId, query);
        List<Match> rows =
                caller.list("matches.listBySearch", pages.sql(), JdbiMatchRepository::match, pages.parameters());
        return slice(pages, query, rows);
    }

    @Override
    public Optional<Versioned<Slice<Match>>> listBySearchIfChanged(
            SearchId searchId, MatchQuery query, Optional<VersionTag> known) {
        MatchPages pages = new MatchPages(caller.user("matches.listBySearchIfChanged"), searchId, query);
        String knownTag = known.map(VersionTag::value).orElse("");
        List<Tagged> rows = caller.list(
                "matches.listBySearchIfChanged", pages.sqlIfChanged(), TAGGED, pages.parametersIfChanged(knownTag));
        String tag = rows.get(0).tag;
        if (tag.equals(knownTag)) {
            return Optional.empty();
        }
        List<Match> matches =
                rows.stream().flatMap(row -> Stream.ofNullable(row.match)).toList();
        return Optional.of(new Versioned<>(slice(pages, query, matches), new VersionTag(tag)));
    }

    @Override
    public BulkReport upsertAll(JobLease lease, Stream<NewMatch> matches) {
        UserId user = caller.user("matches.upsertAll");
        if (!user.equals(lease.userId())) {
            throw MatchImport.lost(lease);
        }
        return new MatchImport(subjectKeys, lease).write(caller, matches);
    }

    private static Slice<Match> slice(MatchPages pages, MatchQuery query, List<Match> rows) {
        return pages.list()
                .slice(
                        query.page(),
                        rows,
                        match -> ListId.Position.at(
                                match.relevanceScore(), match.id().value()));
    }

    /** The match in the first nine columns, which are those of {@link MatchPages#COLUMNS}. */
    static Match match(ResultSet row) throws SQLException {
        String imageUrl = row.getString(6);
        return new Match(
                new MatchId(Rows.uuid(row, 1)),
                new SearchId(Rows.uuid(row, 2)),
                row.getString(3),
                new Money(row.getLong(4), row.getString(5)),
                imageUrl == null ? null : new WebUrl(imageUrl),
                Rows.instantOrNull(row, 7),
                Rows.integerOrNull(row, 8),
                row.getDouble(9));
    }

    /** @param match absent in the one row of a page that is empty or unchanged */
    private record Tagged(String tag, @Nullable Match match) {}
}

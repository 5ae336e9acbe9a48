package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * One page of a search's matches, best first: the statement that reads it. The conditions are written out, so that the
 * index of the pages gives the order and the place to begin at; words are searched for by a function, since their
 * operator may not use an index under row-level security.
 */
final class MatchPages {
    static final String COLUMNS =
            "id, search_id, title, price_minor, currency, image_url, posted_at, distance_meters, relevance_score";

    private static final String AFTER = "and (relevance_score, id) < (:afterScore, :afterId)";
    private static final String BEST_FIRST = "order by relevance_score desc, id desc";
    private static final String BY_PRICE = """

            and currency = :currency
            and price_minor between :minPrice and :maxPrice""";
    private static final String BY_DISTANCE = """

            and distance_meters <= :maxDistance""";

    private static final PagedSql ALL = listed("");
    private static final PagedSql OF_PRICE = listed(BY_PRICE);
    private static final PagedSql WITHIN_DISTANCE = listed(BY_DISTANCE);
    private static final PagedSql OF_PRICE_WITHIN_DISTANCE = listed(BY_PRICE + BY_DISTANCE);

    private static final PagedSql WITH_WORDS = new PagedSql("""
            select %s, updated_at
            from snagr.search_matches(:searchId, :words, :minPrice, :maxPrice, :currency, :maxDistance,
                :afterScore, :afterId, :rows)""".formatted(COLUMNS), "", BEST_FIRST);

    // The tag is over the rows themselves, so that it changes with them whoever writes, and with the time of change,
    // which
    // is new with each write of this library. There is always a row: it has nothing but the tag if the page is in the
    // known
    // state, or empty.
    private static final String IF_CHANGED = """
            with page as materialized (
                select *
                from (
                    %%s) as listed
                limit :rows),
            state as (
                select encode(sha256(:shape || convert_to(coalesce(
                        string_agg(page::text, chr(10)), ''), 'UTF8')), 'hex') as tag
                from page)
            select %s, tag
            from state
            left join page on tag <> :known
            %s""".formatted(COLUMNS, BEST_FIRST);

    /** The statements above, each in that frame. */
    private static final Map<String, String> FRAMED = new ConcurrentHashMap<>();

    private final UserId user;
    private final SearchId search;
    private final MatchQuery query;
    private final ListId list;
    private final Optional<ListId.Position> after;

    /** INVALID_CURSOR if the page's cursor is from another list. */
    MatchPages(UserId user, SearchId search, MatchQuery query) {
        this.user = user;
        this.search = search;
        this.query = query;
        this.list = ListId.of(
                "matches.listBySearch",
                user,
                search,
                query.minPrice(),
                query.maxPrice(),
                query.maxDistanceMeters(),
                query.text());
        this.after = list.position(query.page());
    }

    ListId list() {
        return list;
    }

    /** Reads the columns, and behind them when the row was last changed. */
    Query read(Handle handle) {
        return bind(handle.createQuery(sql().forPage(query.page())));
    }

    /** Reads the columns, and behind them the tag, in at least one row; absent columns if the tag is the known one. */
    Query readIfChanged(Handle handle, String known) {
        String framed = FRAMED.computeIfAbsent(sql().forPage(query.page()), IF_CHANGED::formatted);
        return bind(handle.createQuery(framed))
                .bind("rows", rows())
                .bind("shape", shape())
                .bind("known", known);
    }

    private PagedSql sql() {
        if (query.text() != null) {
            return WITH_WORDS;
        }
        if (byPrice()) {
            return query.maxDistanceMeters() == null ? OF_PRICE : OF_PRICE_WITHIN_DISTANCE;
        }
        return query.maxDistanceMeters() == null ? ALL : WITHIN_DISTANCE;
    }

    private Query bind(Query statement) {
        statement.bind("searchId", search.value());
        if (query.text() != null) {
            return statement
                    .bind("words", query.text())
                    .bind("minPrice", Binds.bigint(minPrice()))
                    .bind("maxPrice", Binds.bigint(maxPrice()))
                    .bind("currency", Binds.text(currency()))
                    .bind("maxDistance", Binds.integer(query.maxDistanceMeters()))
                    .bind(
                            "afterScore",
                            Binds.doublePrecision(
                                    after.map(ListId.Position::score).orElse(null)))
                    .bind("afterId", Binds.uuid(after.map(ListId.Position::id).orElse(null)))
                    .bind("rows", rows());
        }
        statement.bind("userId", user.value());
        if (byPrice()) {
            statement.bind("minPrice", minPrice()).bind("maxPrice", maxPrice()).bind("currency", currency());
        }
        if (query.maxDistanceMeters() != null) {
            statement.bind("maxDistance", query.maxDistanceMeters());
        }
        after.ifPresent(place -> statement.bind("afterScore", place.score()).bind("afterId", place.id()));
        return statement;
    }

    private boolean byPrice() {
        return query.minPrice() != null || query.maxPrice() != null;
    }

    private @Nullable Long minPrice() {
        Money price = query.minPrice();
        return byPrice() ? Long.valueOf(price == null ? 0 : price.minorUnits()) : null;
    }

    private @Nullable Long maxPrice() {
        Money price = query.maxPrice();
        return byPrice() ? Long.valueOf(price == null ? Money.MAX_MINOR_UNITS : price.minorUnits()) : null;
    }

    private @Nullable String currency() {
        Money price = query.minPrice() == null ? query.maxPrice() : query.minPrice();
        return price == null ? null : price.currency();
    }

    /** One more than shown: it tells that another page follows. */
    private int rows() {
        return query.page().size() + 1;
    }

    /** What is asked for, apart from the rows: list, size, and where it begins. */
    private byte[] shape() {
        Page page = query.page();
        byte[] cursor = page.after()
                .map(token -> token.token().getBytes(StandardCharsets.US_ASCII))
                .orElse(new byte[0]);
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES + cursor.length)
                .put(list.bytes())
                .putInt(page.size())
                .put(cursor)
                .array();
    }

    private static PagedSql listed(String filters) {
        return new PagedSql("""
                select %s, updated_at
                from snagr.matches
                where user_id = :userId
                and search_id = :searchId%s""".formatted(COLUMNS, filters), AFTER, BEST_FIRST);
    }
}

package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One page of a search's matches, best first: the statement that reads it. The conditions are written out, so that the
 * index of the pages gives the order and the place to begin at; words are searched for by a function, since their
 * operator may not use an index under row-level security.
 */
final class MatchPages {
    static final String COLUMNS =
            "id, search_id, title, price_minor, currency, image_url, posted_at, distance_meters, relevance_score";

    private static final String AFTER = "and (relevance_score, id) < (?, ?)";
    private static final String BEST_FIRST = "order by relevance_score desc, id desc";
    private static final String BY_PRICE = """

            and currency = ?
            and price_minor between ? and ?""";
    private static final String BY_DISTANCE = """

            and distance_meters <= ?""";

    private static final PagedSql ALL = listed("");
    private static final PagedSql OF_PRICE = listed(BY_PRICE);
    private static final PagedSql WITHIN_DISTANCE = listed(BY_DISTANCE);
    private static final PagedSql OF_PRICE_WITHIN_DISTANCE = listed(BY_PRICE + BY_DISTANCE);

    private static final PagedSql WITH_WORDS = new PagedSql("""
            select %s, updated_at
            from snagr.search_matches(?, ?, ?, ?, ?, ?, ?, ?, ?)""".formatted(COLUMNS), "", BEST_FIRST);

    // The tag is over the rows themselves, so that it changes with them whoever writes, and with the time of
    // change, which is new with each write of this library. There is always a row: it has nothing but the tag if
    // the page is in the known state, or empty.
    private static final String IF_CHANGED = """
            with page as materialized (
                select *
                from (
                    %%s) as listed
                limit ?),
            state as (
                select encode(sha256(? || convert_to(coalesce(
                        string_agg(page::text, chr(10)), ''), 'UTF8')), 'hex') as tag
                from page)
            select %s, tag
            from state
            left join page on tag <> ?
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

    /** Reads the columns, and behind them when the row was last changed; its parameters are {@link #parameters()}. */
    String sql() {
        return paged().forPage(query.page());
    }

    /** Reads the columns, and behind them the tag, in at least one row; absent columns if the tag is the known one. */
    String sqlIfChanged() {
        return FRAMED.computeIfAbsent(sql(), IF_CHANGED::formatted);
    }

    Object[] parametersIfChanged(String known) {
        List<Object> values = values();
        values.add(rows());
        values.add(shape());
        values.add(known);
        return values.toArray();
    }

    Object[] parameters() {
        return values().toArray();
    }

    private PagedSql paged() {
        if (query.text() != null) {
            return WITH_WORDS;
        }
        if (byPrice()) {
            return query.maxDistanceMeters() == null ? OF_PRICE : OF_PRICE_WITHIN_DISTANCE;
        }
        return query.maxDistanceMeters() == null ? ALL : WITHIN_DISTANCE;
    }

    /** In the order in which the statement has them. */
    private List<Object> values() {
        List<Object> values = new ArrayList<>();
        if (query.text() != null) {
            values.add(search.value());
            values.add(query.text());
            values.add(Binds.bigint(minPrice()));
            values.add(Binds.bigint(maxPrice()));
            values.add(Binds.text(currency()));
            values.add(Binds.integer(query.maxDistanceMeters()));
            values.add(Binds.doublePrecision(after.map(ListId.Position::score).orElse(null)));
            values.add(Binds.uuid(after.map(ListId.Position::id).orElse(null)));
            values.add(rows());
            return values;
        }
        values.add(user.value());
        values.add(search.value());
        if (byPrice()) {
            values.add(Binds.text(currency()));
            values.add(Binds.bigint(minPrice()));
            values.add(Binds.bigint(maxPrice()));
        }
        if (query.maxDistanceMeters() != null) {
            values.add(query.maxDistanceMeters());
        }
        after.ifPresent(place -> {
            values.add(place.score());
            values.add(place.id());
        });
        return values;
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
                where user_id = ?
                and search_id = ?%s""".formatted(COLUMNS, filters), AFTER, BEST_FIRST);
    }
}

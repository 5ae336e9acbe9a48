package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Page;
import java.util.HashMap;
import java.util.Map;

/**
 * The statements of one keyset list: for a first page and a following one, with the limit as a literal from a small set.
 * A bound limit would keep PostgreSQL on custom plans.
 */
final class PagedSql {
    private static final int[] LIMITS = {20, 50, 100, 200};

    private final Map<Integer, String> first = new HashMap<>();
    private final Map<Integer, String> following = new HashMap<>();

    /**
     * @param select everything up to the end of the fixed conditions
     * @param after the keyset condition, a row comparison that an index serves, beginning with {@code and}
     * @param orderBy the total order
     */
    PagedSql(String select, String after, String orderBy) {
        for (int limit : LIMITS) {
            String end = orderBy.strip() + "\nlimit " + (limit + 1);
            first.put(limit, select.strip() + "\n" + end);
            following.put(limit, select.strip() + "\n" + after.strip() + "\n" + end);
        }
    }

    /** The statement for that page. It reads up to {@code size + 1} rows or more; the slice trims them. */
    String forPage(Page page) {
        for (int limit : LIMITS) {
            if (page.size() <= limit) {
                return (page.after().isPresent() ? following : first).get(limit);
            }
        }
        throw new IllegalStateException("a page has at most " + Page.MAX_SIZE + " rows");
    }
}

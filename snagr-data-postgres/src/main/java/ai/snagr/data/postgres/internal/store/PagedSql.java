package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Page;

/**
 * The statements of one keyset list: for a first page and a following one, with the limit as a literal from a small set.
 * A bound limit would keep PostgreSQL on custom plans.
 */
final class PagedSql {
    private static final int[] LIMITS = {20, 50, 100, 200};

    private final String[] first = new String[LIMITS.length];
    private final String[] following = new String[LIMITS.length];

    /**
     * @param select everything up to the end of the fixed conditions
     * @param after the keyset condition, a row comparison that an index serves, beginning with {@code and}
     * @param orderBy the total order
     */
    PagedSql(String select, String after, String orderBy) {
        for (int i = 0; i < LIMITS.length; i++) {
            String end = orderBy.strip() + "\nlimit " + (LIMITS[i] + 1);
            first[i] = select.strip() + "\n" + end;
            following[i] = select.strip() + "\n" + after.strip() + "\n" + end;
        }
    }

    /** The statement for that page. It reads up to {@code size + 1} rows or more; the slice trims them. */
    String forPage(Page page) {
        for (int i = 0; i < LIMITS.length; i++) {
            if (page.size() <= LIMITS[i]) {
                return (page.after().isPresent() ? following : first)[i];
            }
        }
        throw new IllegalStateException("a page has at most " + Page.MAX_SIZE + " rows");
    }
}

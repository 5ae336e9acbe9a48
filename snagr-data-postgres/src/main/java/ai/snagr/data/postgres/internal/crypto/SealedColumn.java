package ai.snagr.data.postgres.internal.crypto;

/**
 * The columns that hold sealed values. Table and column are part of every key, so that a value opens in its own column
 * only; they are logical names, which stay when a table is renamed or archived.
 */
public enum SealedColumn implements KeyUse {
    MATCH_SELLER("matches", "seller_info", 64),
    /** Padded from 512 bytes up: the length of an address would tell the marketplace. */
    MATCH_LISTING_URL("matches", "listing_url", 512),
    PREFERENCE_PHONE("user_preferences", "phone_number", 64);

    private final String table;
    private final String column;
    private final int minimumPadding;

    SealedColumn(String table, String column, int minimumPadding) {
        this.table = table;
        this.column = column;
        this.minimumPadding = minimumPadding;
    }

    byte[] table() {
        return Bytes.ascii(table);
    }

    byte[] column() {
        return Bytes.ascii(column);
    }

    @Override
    public byte[] info() {
        return Bytes.ascii("field" + table + "." + column);
    }

    /** To how many bytes a short value is padded. */
    int minimumPadding() {
        return minimumPadding;
    }
}

package ai.snagr.data.postgres.internal.crypto;

import java.nio.charset.StandardCharsets;

/**
 * The columns that hold sealed values. Table and column are part of every key, so that a value opens in its own column
 * only; they are logical names, which stay when a table is renamed or archived.
 */
public enum SealedColumn {
    MATCH_SELLER("matches", "seller_info", 64),
    /** Padded from 512 bytes up: the length of an address would tell the marketplace. */
    MATCH_LISTING_URL("matches", "listing_url", 512),
    PREFERENCE_PHONE("user_preferences", "phone_number", 64);

    private final byte[] table;
    private final byte[] column;
    private final int minimumPadding;

    SealedColumn(String table, String column, int minimumPadding) {
        this.table = table.getBytes(StandardCharsets.US_ASCII);
        this.column = column.getBytes(StandardCharsets.US_ASCII);
        this.minimumPadding = minimumPadding;
    }

    /** Not a copy: for reading within the room, as the next one. */
    byte[] table() {
        return table;
    }

    byte[] column() {
        return column;
    }

    /** {@code table.column}, the name under which the key of this column is derived. */
    byte[] path() {
        return Bytes.join(table, new byte[] {'.'}, column);
    }

    /** To how many bytes a short value is padded. */
    int minimumPadding() {
        return minimumPadding;
    }
}

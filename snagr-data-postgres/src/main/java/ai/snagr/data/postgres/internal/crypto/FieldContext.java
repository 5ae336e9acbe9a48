package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;

/** The place of a sealed value: it opens there and nowhere else. */
public record FieldContext(SealedColumn column, RowKey row, UserId user) {
    public FieldContext {
        requireNonNull(column, "column");
        requireNonNull(row, "row");
        requireNonNull(user, "user");
    }

    public static FieldContext seller(UserId user, SearchId search, String externalListingId) {
        return new FieldContext(SealedColumn.MATCH_SELLER, RowKey.ofMatch(search, externalListingId), user);
    }

    public static FieldContext listingUrl(UserId user, SearchId search, String externalListingId) {
        return new FieldContext(SealedColumn.MATCH_LISTING_URL, RowKey.ofMatch(search, externalListingId), user);
    }

    public static FieldContext phoneNumber(UserId user) {
        return new FieldContext(SealedColumn.PREFERENCE_PHONE, RowKey.ofPreferences(user), user);
    }
}

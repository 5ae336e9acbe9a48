package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;

/**
 * What a grant was given for: one match of one user, one payment, and the very bytes that were paid for. It opens for
 * nothing else.
 */
public final class GrantContext {
    private final UserId user;
    private final MatchId match;
    private final RowKey matchRow;
    private final byte[] row;

    private GrantContext(UserId user, MatchId match, RowKey matchRow, byte[] row) {
        this.user = user;
        this.match = match;
        this.matchRow = matchRow;
        this.row = row;
    }

    /**
     * A grant for the match that these two records are of.
     *
     * @param seller the record in the column of the seller
     * @param listingUrl the record in the column of the address
     * @throws ai.snagr.data.SnagrDataException UNREADABLE if one of them does not have the form of a record
     */
    public static GrantContext of(
            UserId user,
            SearchId search,
            String externalListingId,
            MatchId match,
            PaymentId payment,
            byte[] seller,
            byte[] listingUrl) {
        RowKey matchRow = RowKey.ofMatch(search, externalListingId);
        byte[] row = Bytes.join(
                matchRow.bytes(),
                Bytes.joinWithLengths(
                        Bytes.of(match.value()),
                        Bytes.of(payment.value()),
                        RecordFormat.commitment(seller),
                        RecordFormat.commitment(listingUrl)));
        return new GrantContext(requireNonNull(user, "user"), match, matchRow, row);
    }

    UserId user() {
        return user;
    }

    MatchId match() {
        return match;
    }

    /** The match's own key of its row. */
    RowKey matchRow() {
        return matchRow;
    }

    /** All of it but the user. */
    byte[] row() {
        return row;
    }

    @Override
    public String toString() {
        return "GrantContext[user=" + user + ", match=" + match + "]";
    }
}

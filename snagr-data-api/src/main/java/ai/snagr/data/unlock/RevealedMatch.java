package ai.snagr.data.unlock;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.WebUrl;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.privacy.Sensitive;

/** A match with what was paid for. Neither part prints. */
public record RevealedMatch(Match match, Sensitive<SellerInfo> seller, Sensitive<WebUrl> listingUrl) {
    public RevealedMatch {
        requireNonNull(match, "match");
        requireNonNull(seller, "seller");
        requireNonNull(listingUrl, "listingUrl");
    }
}

package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.util.UUID;

/** Which run of a search a batch key belongs to: it opens as that one's and gives keys of its matches, and no others. */
public record BatchContext(UUID batch, SearchId search, UserId user) {
    public BatchContext {
        requireNonNull(batch, "batch");
        requireNonNull(search, "search");
        requireNonNull(user, "user");
    }
}

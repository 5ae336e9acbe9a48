package ai.snagr.data.change;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import ai.snagr.data.user.UserId;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Something that was committed: rows inserted, updated or deleted, and which. What is not named is not excluded, so ask
 * {@link #concerns}: a change of so many rows that naming them helps nobody names the kind alone, and {@link #EVERYTHING}
 * names nothing.
 *
 * @param kind which rows; empty, those of every kind
 * @param user whose; empty, everybody's
 * @param keys which of them, as {@link ChangeKind} says; empty, all that the user has of this kind
 */
public record Change(Optional<ChangeKind> kind, Optional<UserId> user, Set<UUID> keys) {
    /**
     * Anything may have changed: told at the start, and whenever it cannot be known what happened since a position, such as
     * after a crash or a restore of the database, or when the changes since were purged.
     */
    public static final Change EVERYTHING = new Change(Optional.empty(), Optional.empty(), Set.of());

    public Change {
        requireNonNull(kind, "kind");
        requireNonNull(user, "user");
        keys = Set.copyOf(keys);
        Check.of(Change.class)
                .that(user.isPresent() || keys.isEmpty(), "keys", "need a user")
                .that(kind.isPresent() || user.isEmpty(), "user", "needs a kind")
                .done();
    }

    /** Whether something of this kind may have changed for that user. */
    public boolean concerns(ChangeKind which, UserId whose) {
        return kind.map(which::equals).orElse(true) && user.map(whose::equals).orElse(true);
    }

    /** Whether what that key stands for may have changed for that user. */
    public boolean concerns(ChangeKind which, UserId whose, UUID key) {
        return concerns(which, whose) && (keys.isEmpty() || keys.contains(key));
    }
}

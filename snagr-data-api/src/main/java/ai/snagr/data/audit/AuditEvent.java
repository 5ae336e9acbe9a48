package ai.snagr.data.audit;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.RequestId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One act on record. It holds ids and reasons, never the content that was seen.
 *
 * @param createdAt when the transaction that wrote it began, by the database's clock
 * @param actor who: a user's id, or an admin's name
 * @param role the database role that acted
 * @param outcome what became of it
 * @param object which row, as {@code table:id}; absent where no single row was meant
 * @param reason why; absent where the action says it
 * @param requestId from which request of the host; absent where the host named none, or what stands there
 *     is no request's id
 * @param subject whose data it was about, as a pseudonym of 64 hexadecimal digits: the same for all events about one
 *     person, and without the key store not to be told from any other; absent where it was about no one person
 */
public record AuditEvent(
        AuditEventId id,
        Instant createdAt,
        String actor,
        String role,
        AuditAction action,
        AuditOutcome outcome,
        @Nullable String object,
        @Nullable String reason,
        @Nullable RequestId requestId,
        @Nullable String subject) {
    public AuditEvent {
        requireNonNull(id, "id");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(actor, "actor");
        requireNonNull(role, "role");
        requireNonNull(action, "action");
        requireNonNull(outcome, "outcome");
    }
}

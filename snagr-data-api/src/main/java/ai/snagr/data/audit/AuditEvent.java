package ai.snagr.data.audit;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One act on record. It holds ids and reasons, never the content that was seen.
 *
 * @param actor who: a user's id, or an admin's name
 * @param role the database role that acted
 * @param object which row, as {@code table:id}; absent where no single row was meant
 * @param reason why; absent where the action says it
 */
public record AuditEvent(
        AuditEventId id,
        Instant createdAt,
        String actor,
        String role,
        AuditAction action,
        @Nullable String object,
        @Nullable String reason) {
    public AuditEvent {
        requireNonNull(id, "id");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(actor, "actor");
        requireNonNull(role, "role");
        requireNonNull(action, "action");
    }
}

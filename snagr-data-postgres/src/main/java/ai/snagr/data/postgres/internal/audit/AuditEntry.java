package ai.snagr.data.postgres.internal.audit;

import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditOutcome;
import org.jspecify.annotations.Nullable;

/**
 * What an event says beyond who, when and from which request. It holds ids, names of things and reasons; never content.
 *
 * @param object which row, as {@code table:id}, or which thing; at most 200 characters
 * @param reason why; at most 500 characters
 */
public record AuditEntry(
        AuditAction action,
        AuditOutcome outcome,
        @Nullable String object,
        @Nullable String reason) {
    /** Something that was done, to that row or thing. */
    public static AuditEntry succeeded(AuditAction action, String object) {
        return new AuditEntry(action, AuditOutcome.SUCCEEDED, object, null);
    }

    /** Something that may still fail or be rolled back. */
    public static AuditEntry attempted(AuditAction action, String object) {
        return new AuditEntry(action, AuditOutcome.ATTEMPTED, object, null);
    }

    /** Something that was not allowed. */
    public static AuditEntry refused(AuditAction action, String object, @Nullable String reason) {
        return new AuditEntry(action, AuditOutcome.REFUSED, object, reason);
    }
}

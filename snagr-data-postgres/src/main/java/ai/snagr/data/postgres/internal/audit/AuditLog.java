package ai.snagr.data.postgres.internal.audit;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.postgres.internal.connect.StatementScope;
import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;

/**
 * Writes audit events. Where one is written decides what it outlives: in the scope of the caller's transaction it is kept
 * if and only if that is committed, which is right for a change; in {@code Database.auditStatements()} it stays whatever
 * becomes of the caller, which is right for what was seen or attempted. Each is one statement and one round trip.
 */
public final class AuditLog {
    private static final String INSERT = """
            insert into snagr.audit_events (id, actor, role, action, object, reason, outcome, request, subject)
            values (:id, :actor, :role, :action, :object, :reason, :outcome, :requestId, :subject)""";

    private static final NoArgGenerator IDS = Generators.timeBasedEpochRandomGenerator();

    private AuditLog() {}

    /**
     * Writes one event, as that actor and about the user whose rows he means.
     *
     * @throws SnagrDataException if it could not be written: then what it is about must not be done or shown
     */
    public static void record(StatementScope scope, ActorContext context, AuditEntry entry) {
        int ignored = scope.runAsRecord(
                "audit.record",
                context,
                handle -> handle.createUpdate(INSERT)
                        .bind("id", IDS.generate())
                        .bind("actor", context.auditedName())
                        .bind("role", context.role().sqlName())
                        .bind("action", entry.action())
                        .bind("object", Binds.text(entry.object()))
                        .bind("reason", Binds.text(entry.reason()))
                        .bind("outcome", entry.outcome())
                        .bind("requestId", Binds.text(context.request()))
                        .bind("subject", Binds.bytes(context.pseudonym()))
                        .execute());
    }
}

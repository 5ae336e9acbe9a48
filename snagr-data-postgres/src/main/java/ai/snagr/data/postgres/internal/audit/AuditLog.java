package ai.snagr.data.postgres.internal.audit;

import ai.snagr.data.Actor;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.postgres.internal.connect.StatementScope;
import ai.snagr.data.user.UserId;
import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import org.jspecify.annotations.Nullable;

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
        record(scope, context, context.pseudonym(), entry);
    }

    /**
     * Writes one event about that user, whom the actor found and does not stand for.
     *
     * @throws SnagrDataException if it could not be written: then what it is about must not be done or shown
     */
    public static void recordAbout(StatementScope scope, ActorContext context, UserId user, AuditEntry entry) {
        record(scope, context, context.trace().pseudonyms().apply(user), entry);
    }

    private static void record(
            StatementScope scope, ActorContext context, byte @Nullable [] subject, AuditEntry entry) {
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
                        .bind("subject", Binds.bytes(subject))
                        .execute());
    }

    /**
     * Writes that an admin was refused, in the role of users, which every process has: his own would refuse him this as
     * well. If it cannot be written, the refusal carries why; it stands either way.
     *
     * @param object which operation
     */
    public static void recordRefusal(
            StatementScope scope, ActorContext refused, String object, SnagrDataException refusal) {
        String reason = refused.actor() instanceof Actor.AdminActor admin ? admin.reason() : null;
        try {
            record(scope, refused.asUser(), AuditEntry.refused(AuditAction.ACCESS, object, reason));
        } catch (SnagrDataException e) {
            refusal.addSuppressed(e);
        }
    }

    /**
     * Writes that the database refused an actor something, in the role in which he asked. If it cannot be written, the
     * refusal carries why; it stands either way.
     */
    public static void recordRefusal(
            StatementScope scope, ActorContext refused, AuditEntry entry, SnagrDataException refusal) {
        try {
            record(scope, refused, entry);
        } catch (SnagrDataException e) {
            refusal.addSuppressed(e);
        }
    }
}

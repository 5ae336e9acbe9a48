package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;
import ai.snagr.data.audit.AuditOutcome;

/**
 * What a connection is being used for: by whom, and in which operation of the API.
 *
 * @param recording when the audit event of an admin is written
 */
record Acting(String operation, ActorContext context, Recording recording) {
    Acting(String operation, ActorContext context) {
        this(operation, context, Recording.WITH_STATEMENT);
    }

    /** The same, with its audit event written at another time. */
    Acting recorded(Recording when) {
        return new Acting(operation, context, when);
    }

    /** Whether an audit event must be written with or before the next statement. */
    boolean mustBeRecorded() {
        return recording != Recording.DONE && isAdmins();
    }

    /** Whether an admin acts. */
    boolean isAdmins() {
        return context.actor() instanceof Actor.AdminActor;
    }

    /** The same, through the role of users, which every process has: an admin's own may be what he was refused. */
    Acting asUser() {
        return new Acting(operation, context.asUser(), recording);
    }

    /** What became of the statement, as the audit trail says it. */
    AuditOutcome outcome() {
        return switch (recording) {
            case WITH_STATEMENT, DONE -> AuditOutcome.SUCCEEDED;
            case BEFORE -> AuditOutcome.ATTEMPTED;
            case AFTER_FAILURE -> AuditOutcome.FAILED;
            case AFTER_REFUSAL -> AuditOutcome.REFUSED;
        };
    }

    /** When the audit event of an admin's statement is written. */
    enum Recording {
        /** In the statement's own implicit transaction: the one is not committed without the other. */
        WITH_STATEMENT,
        /** By itself, before the statement. */
        BEFORE,
        /** By itself, after the statement failed or was refused. */
        AFTER_FAILURE,
        AFTER_REFUSAL,
        /** It is written already, or the statement is the event. */
        DONE
    }
}

package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;

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
        return recording != Recording.DONE && context.actor() instanceof Actor.AdminActor;
    }

    /** When the audit event of an admin's statement is written. */
    enum Recording {
        /** In the statement's own implicit transaction: the one is not committed without the other. */
        WITH_STATEMENT,
        /** By itself, before the statement. */
        BEFORE,
        /** It is written already, or the statement is the event. */
        DONE
    }
}

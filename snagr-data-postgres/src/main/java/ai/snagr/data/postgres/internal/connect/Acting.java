package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;

/**
 * What a connection is being used for: by whom, and in which operation of the API.
 *
 * @param recorded whether the audit event of an admin is written already, so that his statements need not carry it
 */
record Acting(String operation, ActorContext context, boolean recorded) {
    Acting(String operation, ActorContext context) {
        this(operation, context, false);
    }

    /** Whether an audit event must be written with or before the next statement. */
    boolean mustBeRecorded() {
        return !recorded && context.actor() instanceof Actor.AdminActor;
    }
}

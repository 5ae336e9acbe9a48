package ai.snagr.data.postgres.internal.connect;

/** What a connection is being used for: by whom, and in which operation of the API. */
record Acting(String operation, ActorContext context) {}

package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.SnagrDataException;

/** The one answer for a row that the actor does not see, whether it exists or not. */
final class Missing {
    private Missing() {}

    static SnagrDataException row(String what, Object id) {
        return new SnagrDataException.NotFound("There is no " + what + " " + id + " that this actor sees");
    }
}

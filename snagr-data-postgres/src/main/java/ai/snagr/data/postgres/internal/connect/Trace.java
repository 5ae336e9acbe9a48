package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.RequestId;
import ai.snagr.data.user.UserId;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the audit trail is told of an actor beyond who he is.
 *
 * @param request from which request he acts
 * @param pseudonyms how a user is called there, in 32 bytes; one function for the life of a store, as it is compared by
 *     identity
 * @param users as which role users act, and with them whatever every process may do
 */
public record Trace(Optional<RequestId> request, Function<UserId, byte @Nullable []> pseudonyms, DatabaseRole users) {
    private static final Function<UserId, byte @Nullable []> NOBODY = user -> null;

    /** No request, and no names for users. */
    public static final Trace NONE = new Trace(Optional.empty(), NOBODY, DatabaseRole.USER);
}

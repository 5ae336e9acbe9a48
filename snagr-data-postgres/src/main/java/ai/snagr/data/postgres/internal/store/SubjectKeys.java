package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.postgres.internal.crypto.NewSubjectKey;
import ai.snagr.data.postgres.internal.crypto.Sealer;
import ai.snagr.data.postgres.internal.crypto.SubjectKey;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;

/**
 * The wrapped keys of the users, one row each, and the opened ones that the {@link Sealer} remembers for a while; and what
 * this process may do with the keys of matches.
 */
public final class SubjectKeys {
    private static final String NEWEST = """
            select key_id, wrapped_by, wrapped
            from snagr.subject_keys
            where user_id = :userId
            order by key_id desc
            limit 1""";

    // The event is that of the one that made it; whoever comes second writes neither.
    private static final String INSERT = """
            with stored as (
              insert into snagr.subject_keys (user_id, key_id, wrapped_by, wrapped)
              values (:userId, :keyId, :wrappedBy, :wrapped)
              on conflict (user_id, key_id) do nothing
              returning key_id
            )
            insert into snagr.audit_events (id, actor, role, action, object, request, subject)
            select :eventId, :actor, :role, 'key_created', 'subject_keys:' || stored.key_id, :requestId, :subject
            from stored""";

    private static final RowMapper<Stored> STORED =
            (row, context) -> new Stored(row.getInt(1), wrapped(row.getInt(2), row.getBytes(3)));

    private final Sealer sealer;
    private final MatchRights matches;

    public SubjectKeys(Sealer sealer, MatchRights matches) {
        this.sealer = sealer;
        this.matches = matches;
    }

    MatchRights matches() {
        return matches;
    }

    /**
     * The user's newest key, made now if he has none. It is stored outside the caller's transaction: two that begin at
     * once would otherwise wait for each other, and a key that is never used does no harm. Its audit event is part of the
     * same statement.
     */
    SubjectKey forWriting(Caller caller, UserId user) {
        Caller own = caller.outsideTransaction();
        Stored key = newest(own, user).orElseGet(() -> {
            store(own, user, sealer.newSubjectKey(user));
            return newest(own, user)
                    .orElseThrow(() -> new SnagrDataException.Failed(
                            ErrorCode.INTERNAL,
                            false,
                            "The key of user " + user + " was stored but is not there",
                            null));
        });
        return open(user, key.keyId(), key.wrapped());
    }

    /** The user's key, as it was read beside the sealed value. */
    SubjectKey open(UserId user, int keyId, WrappedKey wrapped) {
        return sealer.open(user, keyId, wrapped);
    }

    /** A wrapped key from its two columns. */
    static WrappedKey wrapped(int wrappedBy, byte[] bytes) {
        return new WrappedKey(new KeyRef(KeyPurpose.SUBJECT, wrappedBy), bytes);
    }

    private static Optional<Stored> newest(Caller caller, UserId user) {
        return caller.run(
                "subjectKeys.newest",
                handle -> handle.createQuery(NEWEST)
                        .bind("userId", user.value())
                        .map(STORED)
                        .findOne());
    }

    private static void store(Caller caller, UserId user, NewSubjectKey key) {
        int ignored = caller.run(
                "subjectKeys.store",
                handle -> handle.createUpdate(INSERT)
                        .bind("userId", user.value())
                        .bind("keyId", key.keyId())
                        .bind("wrappedBy", key.wrapped().wrappedBy().version())
                        .bind("wrapped", key.wrapped().bytes())
                        .bind("eventId", Ids.next())
                        .bind("actor", caller.context().auditedName())
                        .bind("role", caller.context().role().sqlName())
                        .bind("requestId", Binds.text(caller.context().request()))
                        .bind("subject", Binds.bytes(caller.context().pseudonym()))
                        .execute());
    }

    private record Stored(int keyId, WrappedKey wrapped) {}
}

package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.postgres.internal.audit.AuditEntry;
import ai.snagr.data.postgres.internal.audit.AuditLog;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.postgres.internal.crypto.FieldContext;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.PreferenceRepository;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

final class JdbiPreferenceRepository implements PreferenceRepository {
    private static final RowMapper<Stored> STORED = (row, context) -> new Stored(
            channels(row.getBoolean(1), row.getBoolean(2)),
            Rows.instant(row, 3),
            row.getBytes(4),
            row.getInt(5),
            row.getBytes(7) == null ? null : SubjectKeys.wrapped(row.getInt(6), row.getBytes(7)));

    /**
     * The id of the key is bytes 5 to 8 of the sealed value, so that the one statement reads the key too. It is computed
     * apart, since a condition with these functions would lose the index of the keys behind a policy.
     */
    private static final String BY_USER = byUser("");

    /** The statement that reads a number writes the event of that, or reads nothing. */
    private static final String BY_USER_RECORDED = byUser("""
            , recorded as (
                insert into snagr.audit_events (id, actor, role, action, object, request, subject)
                select :eventId, :actor, :role, 'sensitive_read', 'user_preferences.phone_number', :requestId, :subject
                from chosen
                where chosen.phone_number is not null)""");

    private static final AuditEntry PHONE_READ =
            AuditEntry.succeeded(AuditAction.SENSITIVE_READ, "user_preferences.phone_number");

    private static final String SAVE = """
            insert into snagr.user_preferences (user_id, notification_email, notification_sms, phone_number)
            values (:userId, :email, :sms, :phoneNumber)
            on conflict (user_id) do update
            set notification_email = excluded.notification_email,
                notification_sms = excluded.notification_sms,
                phone_number = excluded.phone_number,
                updated_at = now()
            returning updated_at""";

    private final Caller caller;
    private final SubjectKeys keys;

    JdbiPreferenceRepository(Caller caller, SubjectKeys keys) {
        this.caller = caller;
        this.keys = keys;
    }

    @Override
    public Preferences get() {
        UserId user = caller.user("preferences.get");
        return stored(user)
                .map(stored -> new Preferences(user, stored.channels, phoneNumber(user, stored), stored.updatedAt))
                .orElseGet(() -> Preferences.defaults(user));
    }

    private Optional<Stored> stored(UserId user) {
        if (caller.statements().inTransaction() && caller.context().actor() instanceof Actor.UserActor) {
            return ownInTransaction(user);
        }
        Caller recorded = caller.outsideTransaction();
        return recorded.run(
                "preferences.get",
                handle -> handle.createQuery(BY_USER_RECORDED)
                        .bind("userId", user.value())
                        .bind("eventId", Ids.next())
                        .bind("actor", recorded.context().auditedName())
                        .bind("role", recorded.context().role().sqlName())
                        .bind("requestId", Binds.text(recorded.context().request()))
                        .bind("subject", Binds.bytes(recorded.context().pseudonym()))
                        .map(STORED)
                        .findOne());
    }

    /** A user sees what he has just written, so it is read in his transaction; it is put on record before it is opened. */
    private Optional<Stored> ownInTransaction(UserId user) {
        Optional<Stored> stored = caller.run(
                "preferences.get",
                handle -> handle.createQuery(BY_USER)
                        .bind("userId", user.value())
                        .map(STORED)
                        .findOne());
        if (stored.isPresent() && stored.get().phoneNumber != null) {
            AuditLog.record(caller.outside(), caller.context(), PHONE_READ);
        }
        return stored;
    }

    @Override
    public Preferences save(Preferences preferences) {
        UserId user = caller.user("preferences.save");
        if (!user.equals(preferences.userId())) {
            throw new SnagrDataException.Denied(
                    ErrorCode.ACCESS_DENIED, "preferences.save stores those of the actor's own user only");
        }
        byte[] sealed = sealed(user, preferences.phoneNumber());
        Instant updatedAt = caller.run(
                "preferences.save",
                handle -> handle.createQuery(SAVE)
                        .bind("userId", user.value())
                        .bind("email", preferences.channels().contains(Channel.EMAIL))
                        .bind("sms", preferences.channels().contains(Channel.SMS))
                        .bind("phoneNumber", sealed)
                        .map((row, context) -> Rows.instant(row, 1))
                        .one());
        return new Preferences(user, preferences.channels(), preferences.phoneNumber(), updatedAt);
    }

    private byte @Nullable [] sealed(UserId user, @Nullable PhoneNumber phoneNumber) {
        return phoneNumber == null
                ? null
                : keys.forWriting(caller, user)
                        .seal(
                                FieldContext.phoneNumber(user),
                                phoneNumber.value().getBytes(StandardCharsets.US_ASCII));
    }

    private @Nullable PhoneNumber phoneNumber(UserId user, Stored stored) {
        if (stored.phoneNumber == null) {
            return null;
        }
        if (stored.key == null) {
            throw new SnagrDataException.Unreadable();
        }
        byte[] opened =
                keys.open(user, stored.keyId, stored.key).open(FieldContext.phoneNumber(user), stored.phoneNumber);
        return new PhoneNumber(new String(opened, StandardCharsets.US_ASCII));
    }

    private static Set<Channel> channels(boolean email, boolean sms) {
        Set<Channel> channels = EnumSet.noneOf(Channel.class);
        if (email) {
            channels.add(Channel.EMAIL);
        }
        if (sms) {
            channels.add(Channel.SMS);
        }
        return channels;
    }

    private static String byUser(String recorded) {
        return """
            with chosen as materialized (
                select notification_email, notification_sms, updated_at, phone_number,
                    cast(cast('x' || encode(substring(phone_number from 5 for 4), 'hex') as bit(32)) as integer) as key_id
                from snagr.user_preferences
                where user_id = :userId)%s
            select chosen.notification_email, chosen.notification_sms, chosen.updated_at, chosen.phone_number,
                key.key_id, key.wrapped_by, key.wrapped
            from chosen
            left join snagr.subject_keys as key on key.user_id = :userId and key.key_id = chosen.key_id""".formatted(recorded);
    }

    /**
     * A row as it stands, the phone number sealed.
     *
     * @param key the wrapped key that the phone number names; absent if it was destroyed
     */
    @SuppressWarnings("ArrayRecordComponent") // carries a row, is never compared
    private record Stored(
            Set<Channel> channels,
            Instant updatedAt,
            byte @Nullable [] phoneNumber,
            int keyId,
            @Nullable WrappedKey key) {}
}

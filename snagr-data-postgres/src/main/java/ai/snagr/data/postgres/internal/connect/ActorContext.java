package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;
import ai.snagr.data.RequestId;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * As whom a statement runs: the database role, and whose rows it means.
 *
 * @param subject the user in the claim {@code sub}; empty for a service that stands for all
 * @param actor who is behind it, for the audit trail
 * @param expiry when an admin's proof expires; empty for other actors, and for an admin who was not admitted, to whom the
 *     database then gives nothing
 * @param trace what else the audit trail is told
 */
public record ActorContext(
        DatabaseRole role, Optional<UserId> subject, Actor actor, Optional<Instant> expiry, Trace trace) {
    public static ActorContext of(Actor actor) {
        return new ActorContext(DatabaseRole.of(actor), actor.userId(), actor, Optional.empty(), Trace.NONE);
    }

    /** An admin, until the whole second before that time: so far the claim reaches. */
    public static ActorContext of(Actor.AdminActor admin, Instant expiry) {
        return new ActorContext(
                DatabaseRole.ADMIN,
                Optional.empty(),
                admin,
                Optional.of(expiry.truncatedTo(ChronoUnit.SECONDS)),
                Trace.NONE);
    }

    /** Whether this is an admin without a proof that still counts. */
    public boolean expired() {
        return actor instanceof Actor.AdminActor
                && expiry.filter(end -> Instant.now().isBefore(end)).isEmpty();
    }

    /** The same, of whom the audit trail is told that. */
    public ActorContext traced(Trace told) {
        return new ActorContext(role, subject, actor, expiry, told);
    }

    /** How the audit trail calls the actor: an admin by his name, a user by his id, a service that stands for all by its role. */
    public String auditedName() {
        if (actor instanceof Actor.AdminActor admin) {
            return admin.id();
        }
        return subject.map(UserId::toString).orElseGet(role::sqlName);
    }

    /** From which request the actor acts; null if the host named none. */
    public @Nullable String request() {
        return trace.request().map(RequestId::value).orElse(null);
    }

    /** How the audit trail calls the user whose rows are meant; null if there is none. */
    public byte @Nullable [] pseudonym() {
        return subject.map(trace.pseudonyms()).orElse(null);
    }

    /** The same actor, acting through another role: how a user's unlock reaches the tables of payments. */
    public ActorContext through(DatabaseRole other) {
        return new ActorContext(other, subject, actor, expiry, trace);
    }

    /** The same actor, acting through the role of users, which every process has. */
    public ActorContext asUser() {
        return through(trace.users());
    }

    /** The same actor and role, for the rows of that user. */
    public ActorContext forSubject(UserId user) {
        return new ActorContext(role, Optional.of(user), actor, expiry, trace);
    }

    /**
     * The claims that the policies read, as a JSON object: {@code sub} where there is a user, {@code admin} and the expiry
     * {@code exp} in seconds of the epoch for an admin, and {@code role}.
     */
    String claims() {
        StringBuilder json = new StringBuilder(100).append('{');
        subject.ifPresent(user -> json.append("\"sub\":\"").append(user.value()).append("\","));
        if (actor instanceof Actor.AdminActor admin) {
            json.append("\"admin\":\"");
            JsonStringEncoder.getInstance().quoteAsString(admin.id(), json);
            json.append("\",");
            expiry.ifPresent(
                    end -> json.append("\"exp\":").append(end.getEpochSecond()).append(','));
        }
        return json.append("\"role\":\"").append(role.sqlName()).append("\"}").toString();
    }
}

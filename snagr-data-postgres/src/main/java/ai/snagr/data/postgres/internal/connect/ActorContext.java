package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;
import ai.snagr.data.user.UserId;
import java.util.Optional;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * As whom a statement runs: the database role, and whose rows it means.
 *
 * @param subject the user in the claim {@code sub}; empty for a service that stands for all
 * @param actor who is behind it, for the audit trail
 */
public record ActorContext(DatabaseRole role, Optional<UserId> subject, Actor actor) {
    public static ActorContext of(Actor actor) {
        return new ActorContext(DatabaseRole.of(actor), actor.userId(), actor);
    }

    /** The same actor, acting through another role: how a user's unlock reaches the tables of payments. */
    public ActorContext through(DatabaseRole other) {
        return new ActorContext(other, subject, actor);
    }

    /** The same actor and role, for the rows of that user. */
    public ActorContext forSubject(UserId user) {
        return new ActorContext(role, Optional.of(user), actor);
    }

    /** The claims that the policies read, as a JSON object: {@code sub} and {@code admin} where there is one, and {@code role}. */
    String claims() {
        StringBuilder json = new StringBuilder(100).append('{');
        subject.ifPresent(user -> json.append("\"sub\":\"").append(user.value()).append("\","));
        if (actor instanceof Actor.AdminActor admin) {
            json.append("\"admin\":\"");
            JsonStringEncoder.getInstance().quoteAsString(admin.id(), json);
            json.append("\",");
        }
        return json.append("\"role\":\"").append(role.sqlName()).append("\"}").toString();
    }
}

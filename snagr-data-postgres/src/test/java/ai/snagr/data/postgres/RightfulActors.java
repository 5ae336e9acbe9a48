package ai.snagr.data.postgres;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.user.UserId;
import java.util.Map;
import java.util.Set;

/** Who each method of the repositories is for, when it is to succeed. */
public final class RightfulActors {
    private static final Map<ServiceRole, Set<String>> SERVICES = Map.of(
            ServiceRole.AUTH, Set.of("users.create", "users.findLogin"),
            ServiceRole.WORKER, Set.of("jobs.startDue", "changes.purge"),
            ServiceRole.MATCHER, Set.of("jobs.claim", "jobs.extend", "jobs.complete", "jobs.fail", "jobs.listFailed"),
            ServiceRole.NOTIFIER,
                    Set.of(
                            "notifications.createAll",
                            "notifications.claim",
                            "notifications.acknowledge",
                            "notifications.retry"),
            ServiceRole.AUDITOR, Set.of("audit.list", "audit.listByActor"),
            ServiceRole.FEED, Set.of("changes.acknowledged", "changes.acknowledge", "changes.subscribe"));

    private static final Map<ServiceRole, Set<String>> SERVICES_FOR_A_USER = Map.of(
            ServiceRole.AUTH, Set.of("users.changePassword"),
            ServiceRole.MATCHER, Set.of("matches.upsertAll"),
            ServiceRole.PAYMENTS, Set.of("payments.fail", "payments.beginRefund", "payments.completeRefund"));

    private static final Set<String> ADMIN =
            Set.of("users.deactivate", "users.activate", "users.delete", "settings.save");

    private RightfulActors() {}

    /**
     * The actor of that method, for the rows of that user.
     *
     * @param method as {@code repository.method}
     */
    public static Actor of(String method, UserId user) {
        for (Map.Entry<ServiceRole, Set<String>> service : SERVICES.entrySet()) {
            if (service.getValue().contains(method)) {
                return Actor.service(service.getKey());
            }
        }
        for (Map.Entry<ServiceRole, Set<String>> service : SERVICES_FOR_A_USER.entrySet()) {
            if (service.getValue().contains(method)) {
                return Actor.service(service.getKey()).onBehalfOf(user);
            }
        }
        return ADMIN.contains(method) ? Samples.admin("operator", "test") : Actor.user(user);
    }
}

package ai.snagr.data.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Nothing of one user is visible to, or can be changed by, anybody who does not stand for him: another user, each service
 * on behalf of another user, each service and admin that stands for nobody. Every method of every repository is called by
 * each of them with the ids of what the user has; what comes back must hold none of these ids, and what the user has must
 * be as before. Only what a role is there for is left out, by name: see {@link #DUTIES}.
 */
@SnagrDataTest
public abstract class RowVisibilityContract {
    /** What an actor does for all users, since that is its work: all but the auditor only without a user. */
    private static final Map<String, Set<String>> DUTIES = Map.of(
            "AUTH", Set.of("users.findLogin"),
            "MATCHER", Set.of("jobs.claim", "jobs.extend", "jobs.complete", "jobs.fail", "jobs.listFailed"),
            "NOTIFIER",
                    Set.of(
                            "users.find",
                            "users.get",
                            "users.findAll",
                            "users.findByEmail",
                            "notifications.createAll",
                            "notifications.claim",
                            "notifications.acknowledge",
                            "notifications.retry"),
            "WORKER", Set.of("jobs.startDue"),
            "AUDITOR", Set.of("audit.list", "audit.listByActor"),
            "AUDITOR on behalf of another user", Set.of("audit.list", "audit.listByActor"),
            "admin",
                    Set.of(
                            "users.find",
                            "users.get",
                            "users.findAll",
                            "users.findByEmail",
                            "users.deactivate",
                            "users.activate",
                            "users.delete"));

    /** How a call may be refused. Anything else, such as INTERNAL, would show that nobody thought of it. */
    private static final Set<ErrorCode> REFUSALS = EnumSet.of(
            ErrorCode.NOT_FOUND,
            ErrorCode.ACCESS_DENIED,
            ErrorCode.USER_REQUIRED,
            ErrorCode.NOT_UNLOCKED,
            ErrorCode.LEASE_LOST,
            ErrorCode.PAYMENT_MISMATCH,
            ErrorCode.EMAIL_UNAVAILABLE);

    @Test
    void attempts_always_coverEveryMethodOfEveryRepository(SnagrData data) {
        Set<String> methods = Arrays.stream(Session.class.getMethods())
                .filter(getter -> getter.getParameterCount() == 0 && getter.getReturnType() != Actor.class)
                .flatMap(getter -> Arrays.stream(getter.getReturnType().getMethods())
                        .filter(method -> !Modifier.isStatic(method.getModifiers()))
                        .map(Method::getName)
                        .map(method -> getter.getName() + "." + method))
                .collect(Collectors.toSet());

        assertThat(Possessions.of(new Scene(data)).attempts().keySet()).containsExactlyInAnyOrderElementsOf(methods);
    }

    @Test
    void attempts_byTheUserAndHisServices_findWhatIsThere(SnagrData data) {
        Scene scene = new Scene(data);
        Possessions alice = Possessions.of(scene);

        assertThat(alice.snapshot(scene).toString())
                .as("what the others are looking for")
                .contains(alice.ids());
    }

    @TestFactory
    Stream<DynamicTest> everyMethod_byAnyoneElse_showsAndChangesNothing(SnagrData data) {
        Scene scene = new Scene(data);
        UserId bob = scene.user();
        Map<String, Session> others = new LinkedHashMap<>();
        others.put("another user", scene.as(bob));
        others.put("a user who does not exist", scene.as(new UserId(UUID.randomUUID())));
        for (ServiceRole role : ServiceRole.values()) {
            others.put(role + " on behalf of another user", scene.service(role, bob));
            others.put(role.name(), scene.service(role));
        }
        others.put("admin", scene.admin());
        return others.entrySet().stream()
                .map(other -> DynamicTest.dynamicTest(
                        other.getKey(), () -> assertSeesNothing(scene, other.getKey(), other.getValue())));
    }

    private static void assertSeesNothing(Scene scene, String name, Session other) {
        Possessions alice = Possessions.of(scene);
        List<Object> before = alice.snapshot(scene);

        alice.attempts().forEach((method, attempt) -> {
            if (DUTIES.getOrDefault(name, Set.of()).contains(method)) {
                return;
            }
            String seen;
            try {
                seen = String.valueOf(attempt.apply(other));
            } catch (SnagrDataException refused) {
                assertThat(refused.code())
                        .as("%s by %s: %s", method, name, refused.getMessage())
                        .isIn(REFUSALS);
                return;
            }
            assertThat(alice.ids().stream().filter(seen::contains))
                    .as("%s by %s returned %s", method, name, seen)
                    .isEmpty();
        });

        assertThat(alice.snapshot(scene))
                .as("what the user has, after %s has tried everything", name)
                .isEqualTo(before);
    }
}

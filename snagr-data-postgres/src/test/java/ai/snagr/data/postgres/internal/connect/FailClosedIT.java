package ai.snagr.data.postgres.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditEvent;
import ai.snagr.data.audit.AuditOutcome;
import ai.snagr.data.postgres.PoolSettings;
import ai.snagr.data.postgres.RightfulActors;
import ai.snagr.data.postgres.internal.crypto.Sealer;
import ai.snagr.data.postgres.internal.schema.Schema;
import ai.snagr.data.postgres.internal.store.AllMatchRights;
import ai.snagr.data.postgres.internal.store.ChangeSubscriptions;
import ai.snagr.data.postgres.internal.store.PostgresSession;
import ai.snagr.data.postgres.internal.store.SubjectKeys;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.contract.Possessions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What the database does when the claims that reach it are not those of the actor: every method of every repository, called
 * by whoever it is for, by itself and in a transaction, gives 42501 or nothing, and what the user has stays as it is. That
 * {@code attempts()} holds every method is shown by {@code RowVisibilityContract}; the forgotten prelude by
 * {@link ForgottenPreludeIT}.
 */
@SnagrDataTest
final class FailClosedIT {
    /** How a call may be refused. Anything else, such as INTERNAL, would show that nobody thought of it. */
    private static final Set<String> REFUSALS = Set.of(
            ErrorCode.ACCESS_DENIED.name(),
            ErrorCode.NOT_FOUND.name(),
            ErrorCode.NOT_UNLOCKED.name(),
            ErrorCode.LEASE_LOST.name(),
            ErrorCode.PAYMENT_MISMATCH.name(),
            ErrorCode.EMAIL_UNAVAILABLE.name());

    private static final Set<String> OUTSIDE_TRANSACTIONS = Set.of("changes.poll", "changes.subscribe");

    private static SnagrData data;
    private static KeyProvider keys;
    private static Schema.Prepared prepared;
    private static Possessions owned;
    private static Possessions others;

    @BeforeAll
    static void arrange(SnagrData opened, TestDatabase database, KeyProvider provider) {
        data = opened;
        keys = provider;
        prepared = Schema.prepare(database.address(), Optional.empty(), DatabaseRole.ours());
        owned = Possessions.of(data);
        others = Possessions.of(data);
    }

    @TestFactory
    Stream<DynamicTest> everyMethod_withClaimsThatAreNotTheActors_givesNothing() {
        return Stream.of(
                        "{\"sub\":\"" + others.user().id() + "\",\"role\":\"snagr_user\"}",
                        "",
                        "{}",
                        "null",
                        "[]",
                        "{\"role\":\"snagr_user\"}",
                        "{\"sub\":null,\"role\":\"snagr_user\"}")
                .flatMap(claims -> Stream.of(Mode.values())
                        .map(mode -> DynamicTest.dynamicTest(
                                "claims '" + claims + "', " + mode, () -> assertGivesNothing(claims, mode))));
    }

    @TestFactory
    Stream<DynamicTest> everyMethod_byAnAdminWhoseClaimHasExpired_isRefusedByTheDatabase() {
        long now = Instant.now().getEpochSecond();
        return Stream.of("", "\"exp\":" + (now - 1) + ",", "\"exp\":\"never\",", "\"exp\":null,", "\"exp\":9999999999,")
                .flatMap(expiry -> Stream.of(Mode.values())
                        .map(mode -> DynamicTest.dynamicTest(expiry + mode, () -> {
                            ActorContext admitted = ActorContext.of(Samples.admin("operator", "test"), inTenMinutes());
                            Map<String, String> outcomes = outcomes(
                                    Prelude.claiming(
                                            "{\"admin\":\"operator\",%s\"role\":\"snagr_admin\"}".formatted(expiry)),
                                    mode,
                                    method -> Optional.of(admitted));

                            assertOnly(outcomes, mode, ErrorCode.ACCESS_DENIED);
                        })));
    }

    @Test
    void everyMethod_byAnAdminWhoseProofHasExpired_isRefusedBeforeTheDatabase() {
        ActorContext expired =
                ActorContext.of(Samples.admin("too late", "test"), Instant.now().minusSeconds(1));
        long refused = 0;
        for (Mode mode : Mode.values()) {
            Map<String, String> outcomes = outcomes(prelude(), mode, method -> Optional.of(expired));
            assertOnly(outcomes, mode, ErrorCode.PROOF_REQUIRED);
            refused += outcomes.values().stream()
                    .filter(ErrorCode.PROOF_REQUIRED.name()::equals)
                    .count();
        }
        assertThat(data.as(Actor.service(ServiceRole.AUDITOR))
                        .audit()
                        .listByActor("too late", Page.first(200))
                        .items())
                .hasSize((int) refused)
                .allSatisfy(event -> {
                    assertThat(event.action()).isEqualTo(AuditAction.ACCESS);
                    assertThat(event.outcome()).isEqualTo(AuditOutcome.REFUSED);
                })
                .extracting(AuditEvent::object)
                .contains("users.find", "settings.save");
    }

    private static void assertOnly(Map<String, String> outcomes, Mode mode, ErrorCode expected) {
        assertThat(outcomes).hasSameSizeAs(owned.attempts());
        assertThat(outcomes.values()).contains(expected.name());
        assertThat(outcomes).allSatisfy((method, outcome) -> {
            if (mode.refuses(method)) {
                assertThat(outcome).as(method).isEqualTo(ErrorCode.WRONG_STATE.name());
            } else {
                assertThat(outcome).as(method).isIn(expected.name(), ErrorCode.USER_REQUIRED.name());
            }
        });
    }

    private static void assertGivesNothing(String claims, Mode mode) {
        List<Object> before = owned.snapshot(data);
        String defaults = Preferences.defaults(owned.user().id()).toString();

        Map<String, String> outcomes = outcomes(Prelude.claiming(claims), mode, FailClosedIT::rightful);

        assertThat(outcomes).hasSizeGreaterThan(40);
        assertThat(outcomes).allSatisfy((method, outcome) -> {
            if (mode.refuses(method)) {
                assertThat(outcome).as(method).isEqualTo(ErrorCode.WRONG_STATE.name());
            } else if (!outcome.startsWith("returned ")) {
                assertThat(outcome).as(method).isIn(REFUSALS);
            }
            String seen = outcome.replace(defaults, "the defaults");
            assertThat(owned.ids().stream().filter(seen::contains))
                    .as("%s %s", method, outcome)
                    .isEmpty();
        });
        assertThat(owned.snapshot(data)).isEqualTo(before);
    }

    /** Nobody for the methods of a service that stands for all users: no claim decides what it sees. */
    private static Optional<ActorContext> rightful(String method) {
        Actor actor = RightfulActors.of(method, owned.user().id());
        if (actor instanceof Actor.AdminActor admin) {
            return Optional.of(ActorContext.of(admin, inTenMinutes()));
        }
        boolean forAll = actor.userId().isEmpty() && !method.equals("users.create");
        return forAll ? Optional.empty() : Optional.of(ActorContext.of(actor));
    }

    /** What each method does: the code with which it is refused, or what it returns. */
    private static Map<String, String> outcomes(
            Prelude prelude, Mode mode, Function<String, Optional<ActorContext>> contexts) {
        Map<String, String> outcomes = new TreeMap<>();
        try (Sealer sealer = new Sealer(keys, prepared.deployment());
                Database database = Database.open(prepared.serving(), PoolSettings.defaults(), prelude)) {
            owned.attempts()
                    .forEach((method, attempt) -> contexts.apply(method).ifPresent(context -> {
                        Session session = new PostgresSession(
                                database,
                                new SubjectKeys(sealer, AllMatchRights.of(keys, prepared.deployment())),
                                new ChangeSubscriptions(),
                                context);
                        try {
                            outcomes.put(method, "returned " + mode.run(session, attempt));
                        } catch (SnagrDataException refused) {
                            outcomes.put(method, refused.code().name());
                        }
                    }));
        }
        return outcomes;
    }

    private static Prelude prelude() {
        return SmallSchema.prelude();
    }

    private static Instant inTenMinutes() {
        return Instant.now().plusSeconds(600);
    }

    private enum Mode {
        BY_ITSELF,
        IN_A_TRANSACTION;

        /** Whoever asks: what a transaction wrote itself may still be rolled back, so it is not told. */
        boolean refuses(String method) {
            return this == IN_A_TRANSACTION && OUTSIDE_TRANSACTIONS.contains(method);
        }

        @Nullable Object run(Session session, Function<Session, ? extends @Nullable Object> attempt) {
            return this == BY_ITSELF
                    ? attempt.apply(session)
                    : session.<@Nullable Object, RuntimeException>inTransaction(attempt::apply);
        }
    }
}

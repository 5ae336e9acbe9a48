package ai.snagr.data.postgres.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.PoolSettings;
import ai.snagr.data.postgres.RightfulActors;
import ai.snagr.data.postgres.internal.crypto.Sealer;
import ai.snagr.data.postgres.internal.schema.Schema;
import ai.snagr.data.postgres.internal.store.AllMatchRights;
import ai.snagr.data.postgres.internal.store.ChangeSubscriptions;
import ai.snagr.data.postgres.internal.store.PostgresSession;
import ai.snagr.data.postgres.internal.store.SubjectKeys;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.contract.Possessions;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What happens when the prelude is forgotten: every method of every repository, called by whoever it is for, is refused by
 * the database with 42501, since the login that serves may do nothing by itself.
 */
@SnagrDataTest
class ForgottenPreludeIT {
    @Test
    void everyMethod_withoutThePrelude_isRefusedByTheDatabase(SnagrData data, TestDatabase database, KeyProvider keys) {
        Possessions owned = Possessions.of(data);
        Schema.Prepared prepared = Schema.prepare(database.address(), Optional.empty(), DatabaseRole.ours());
        Map<String, String> outcomes = new TreeMap<>();
        try (Sealer sealer = new Sealer(keys, prepared.deployment());
                Database forgetful =
                        Database.open(prepared.serving(), PoolSettings.defaults(), Prelude.withoutContext())) {
            owned.attempts().forEach((method, attempt) -> {
                Actor actor = RightfulActors.of(method, owned.user().id());
                Session session = new PostgresSession(
                        forgetful,
                        new SubjectKeys(sealer, AllMatchRights.of(keys, prepared.deployment())),
                        new ChangeSubscriptions(),
                        admitted(actor));
                try {
                    outcomes.put(method, "returned " + attempt.apply(session));
                } catch (SnagrDataException refused) {
                    outcomes.put(method, refused.code().name());
                }
            });
        }

        assertThat(outcomes).hasSameSizeAs(owned.attempts());
        assertThat(outcomes)
                .allSatisfy(
                        (method, outcome) -> assertThat(outcome).as(method).isEqualTo(ErrorCode.ACCESS_DENIED.name()));
    }

    private static ActorContext admitted(Actor actor) {
        return actor instanceof Actor.AdminActor admin
                ? ActorContext.of(admin, Instant.now().plusSeconds(600))
                : ActorContext.of(actor);
    }
}

package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.contract.Possessions;
import ai.snagr.data.testkit.internal.TestAdmins;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The driver prepares a statement on the server from its fifth execution on; a parameter without a type then costs the
 * statement its actor, from the sixth on. So every method of every repository runs twelve times on one connection, by
 * whoever it is for, with values and with nulls wherever they may stand, and must go as it went the first time.
 */
@SnagrDataTest
class TwelveTimesIT {
    private static final int TIMES = 12;

    @Test
    void everyMethod_twelveTimesOnOneConnection_goesAsTheFirstTime(TestDatabase database, KeyProvider keys) {
        assertAlike(database, keys, Possessions::of);
    }

    @Test
    void everyMethod_twelveTimesWithNulls_goesAsTheFirstTime(TestDatabase database, KeyProvider keys) {
        assertAlike(database, keys, Possessions::sparse);
    }

    @Test
    void seal_twelveTimesOnOneConnection_goesAsTheFirstTime(
            TestDatabase database, KeyProvider keys, @TempDir Path directory) throws Exception {
        try (PostgresSnagrData data = onOneConnection(database, keys)) {
            Path received = directory.resolve("checkpoints");
            AuditSigner signer = AuditSigner.create(directory.resolve("key"), "audit.example");
            AuditSealer sealer = data.auditSealer(signer, CheckpointSink.file(received));
            for (int i = 0; i < TIMES; i++) {
                sealer.export(Writer.nullWriter()); // which is an event
                assertThat(sealer.oldestUnsealed()).isPresent();
                assertThat(sealer.seal()).isPositive();
                assertThat(sealer.oldestUnsealed()).isEmpty();
            }
        }
    }

    private static void assertAlike(TestDatabase database, KeyProvider keys, Owned owned) {
        Map<String, List<String>> outcomes = new LinkedHashMap<>();
        try (SnagrData data = onOneConnection(database, keys)) {
            for (int i = 0; i < TIMES; i++) {
                Possessions fresh = owned.of(data);
                fresh.attempts()
                        .forEach((method, attempt) -> outcomes.computeIfAbsent(method, key -> new ArrayList<>())
                                .add(outcome(() -> attempt.apply(data.as(
                                        RightfulActors.of(method, fresh.user().id()))))));
            }
        }
        assertThat(outcomes).allSatisfy((method, all) -> {
            assertThat(all).as(method).isEqualTo(Collections.nCopies(TIMES, all.get(0)));
            assertThat(all.get(0))
                    .as(method)
                    .isNotEqualTo(ErrorCode.ACCESS_DENIED.name())
                    .isNotEqualTo(ErrorCode.CONFIGURATION.name())
                    .isNotEqualTo(ErrorCode.PROOF_REQUIRED.name())
                    .isNotEqualTo(ErrorCode.INTERNAL.name());
        });
    }

    private static PostgresSnagrData onOneConnection(TestDatabase database, KeyProvider keys) {
        return PostgresSnagrData.builder()
                .primary(database.jdbcUrl(), database.user(), database.password())
                .allowPlaintext("a server of tests")
                .keys(keys)
                .admins(TestAdmins::verify)
                .pool(PoolSettings.defaults().withMaxConnections(1).withAuditConnections(1))
                .build();
    }

    /** What kind of answer came: a code, or whether there was something. */
    private static String outcome(Call call) {
        try {
            Object answer = call.run();
            if (answer instanceof Optional<?> optional) {
                return optional.isPresent() ? "present" : "empty";
            }
            return answer == null ? "done" : answer.getClass().getSimpleName();
        } catch (SnagrDataException refused) {
            return refused.code().name();
        }
    }

    @FunctionalInterface
    private interface Call {
        @Nullable Object run();
    }

    @FunctionalInterface
    private interface Owned {
        Possessions of(SnagrData data);
    }
}

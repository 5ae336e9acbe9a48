package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.snagr.data.audit.AuditEventId;
import ai.snagr.data.job.JobId;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.notification.NotificationId;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.search.SavedSearchId;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.unlock.UnlockId;
import ai.snagr.data.user.UserId;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IdTest {
    private static final String TEXT = "018f2f0e-7b7a-7c3e-8d6a-3f1b2c4d5e6f";

    static Stream<Function<String, Object>> ids() {
        return Stream.of(
                AuditEventId::of,
                JobId::of,
                MatchId::of,
                NotificationId::of,
                PaymentId::of,
                SavedSearchId::of,
                SearchId::of,
                UnlockId::of,
                UserId::of);
    }

    @ParameterizedTest
    @MethodSource("ids")
    void of_uuid_printsAsGiven(Function<String, Object> id) {
        assertThat(id.apply(TEXT)).hasToString(TEXT).isEqualTo(id.apply(TEXT));
        assertThatIllegalArgumentException().isThrownBy(() -> id.apply("no uuid"));
    }

    /** PostgreSQL compares uuid as unsigned bytes, UUID.compareTo as two signed longs. */
    @ParameterizedTest
    @MethodSource("ids")
    void compareTo_highBits_areUnsigned(Function<String, Object> id) {
        List<Object> ascending = Stream.of(
                        new UUID(0, 0), new UUID(0, -1), new UUID(1, 0), new UUID(Long.MIN_VALUE, 0), new UUID(-1, -1))
                .map(uuid -> id.apply(uuid.toString()))
                .toList();

        assertThat(ascending.stream().sorted()).containsExactlyElementsOf(ascending);
    }
}

package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PoolSettingsTest {
    @Test
    void defaults_always_areTheseValues() {
        assertThat(PoolSettings.defaults())
                .isEqualTo(new PoolSettings(
                        8,
                        2,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(30),
                        OptionalInt.empty()));
    }

    @Test
    void with_eachSetting_changesThatOneOnly() {
        assertThat(PoolSettings.defaults()
                        .withMaxConnections(16)
                        .withAuditConnections(3)
                        .withConnectionTimeout(Duration.ofSeconds(1))
                        .withStatementTimeout(Duration.ofSeconds(2))
                        .withMaxLifetime(Duration.ofMinutes(5))
                        .withPrepareThreshold(0))
                .isEqualTo(new PoolSettings(
                        16, 3, Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofMinutes(5), OptionalInt.of(0)));
    }

    @Test
    void settings_allOutOfRange_areNamedTogether() {
        SnagrDataException.InvalidInput e = catchThrowableOfType(
                SnagrDataException.InvalidInput.class,
                () -> new PoolSettings(
                        0, 101, Duration.ofMillis(249), Duration.ZERO, Duration.ofDays(2), OptionalInt.of(-1)));

        assertThat(e.problems())
                .extracting(Problem::field)
                .containsExactly(
                        "maxConnections",
                        "auditConnections",
                        "connectionTimeout",
                        "statementTimeout",
                        "maxLifetime",
                        "prepareThreshold");
    }

    @Test
    void settings_atTheirBounds_areAccepted() {
        assertThatCode(() -> new PoolSettings(
                        1, 1, Duration.ofMillis(250), Duration.ofMillis(10), Duration.ofMinutes(1), OptionalInt.of(0)))
                .doesNotThrowAnyException();
        assertThatCode(() -> new PoolSettings(
                        500,
                        100,
                        Duration.ofMinutes(5),
                        Duration.ofHours(1),
                        Duration.ofDays(1),
                        OptionalInt.of(1_000_000)))
                .doesNotThrowAnyException();
    }
}

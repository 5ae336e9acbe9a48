package ai.snagr.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CacheSettingsTest {
    @Test
    void defaults_always_areAsDocumented() {
        assertThat(CacheSettings.local())
                .isEqualTo(
                        new CacheSettings(Optional.empty(), 67_108_864, Duration.ofMinutes(5), Duration.ofMillis(50)));
        assertThat(CacheSettings.redis("rediss://cache.example.org:6380"))
                .isEqualTo(new CacheSettings(
                        Optional.of(RedisAddress.of("rediss://cache.example.org:6380")),
                        67_108_864,
                        Duration.ofMinutes(5),
                        Duration.ofMillis(50)));
    }

    @Test
    void settings_outOfRange_areAllNamed() {
        assertThatThrownBy(() -> new CacheSettings(Optional.empty(), -1, Duration.ZERO, Duration.ofMinutes(1)))
                .isInstanceOfSatisfying(
                        SnagrDataException.InvalidInput.class,
                        e -> assertThat(e.problems())
                                .extracting(Problem::field)
                                .containsExactly("nearBytes", "timeToLive", "farTimeout"));
    }

    @Test
    void toString_withAPassword_doesNotPrintIt() {
        assertThat(CacheSettings.redis("redis://:secret@example.org:6379").toString())
                .doesNotContain("secret");
    }
}

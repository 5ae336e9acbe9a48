package ai.snagr.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RateLimitTest {
    @Test
    void limit_outOfRange_namesEveryComponent() {
        assertThatThrownBy(() -> RateLimit.of("With Space", 0, Duration.ofDays(32)))
                .isInstanceOfSatisfying(
                        SnagrDataException.InvalidInput.class,
                        e -> assertThat(e.problems())
                                .extracting(Problem::field)
                                .containsExactly("name", "capacity", "period"));
    }

    @Test
    void suggestions_always_areAsDocumented() {
        assertThat(RateLimit.LOGIN_LOOKUP).isEqualTo(RateLimit.of("login-lookup", 10, Duration.ofMinutes(1)));
        assertThat(RateLimit.REVEAL).isEqualTo(RateLimit.of("reveal", 60, Duration.ofMinutes(1)));
        assertThat(RateLimit.UNLOCK).isEqualTo(RateLimit.of("unlock", 30, Duration.ofMinutes(1)));
        assertThat(RateLimit.EXPORT).isEqualTo(RateLimit.of("export", 3, Duration.ofHours(1)));
        assertThat(RateLimit.TEXT_SEARCH).isEqualTo(RateLimit.of("text-search", 120, Duration.ofMinutes(1)));
    }
}

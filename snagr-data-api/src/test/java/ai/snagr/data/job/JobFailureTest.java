package ai.snagr.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JobFailureTest {
    @Test
    void retry_boundariesOfPause() {
        assertThat(JobFailure.retry("timeout", Duration.ZERO).retryAfter()).contains(Duration.ZERO);
        assertThat(JobFailure.retry("timeout", Duration.ofDays(7)).retryAfter()).contains(Duration.ofDays(7));
        Refusal.of(() -> JobFailure.retry("timeout", Duration.ofNanos(-1))).naming("retryAfter");
        Refusal.of(() -> JobFailure.retry("timeout", Duration.ofDays(7).plusNanos(1)))
                .naming("retryAfter");
    }

    @Test
    void permanent_hasNoPause() {
        assertThat(JobFailure.permanent("gone").retryAfter()).isEmpty();
    }

    @Test
    void new_boundariesOfLength() {
        assertThat(JobFailure.permanent(Texts.ofLength(2_000)).error()).hasSize(2_000);
        Refusal.of(() -> JobFailure.permanent(Texts.ofLength(2_001)))
                .ofType(JobFailure.class)
                .naming("error");
        Refusal.of(() -> JobFailure.retry("", Duration.ofDays(8))).naming("error", "retryAfter");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void new_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> JobFailure.permanent(Texts.CANARY + forbidden))
                .naming("error")
                .hiding(Texts.CANARY);
    }
}

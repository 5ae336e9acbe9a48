package ai.snagr.data.unlock;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SuggestedMessageTest {
    @Test
    void of_boundariesOfLength() {
        assertThat(SuggestedMessage.of(Texts.ofLength(2_000)).text()).hasSize(2_000);
        Refusal.of(() -> SuggestedMessage.of(Texts.ofLength(2_001)))
                .ofType(SuggestedMessage.class)
                .naming("text");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void of_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> SuggestedMessage.of(Texts.CANARY + forbidden))
                .naming("text")
                .hiding(Texts.CANARY);
    }
}

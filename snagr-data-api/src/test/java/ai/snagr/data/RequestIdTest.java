package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestIdTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "web/7:A.b_c"})
    void requestId_ofATrace_isKept(String value) {
        assertThat(new RequestId(value)).hasToString(value);
    }

    @Test
    void requestId_boundariesOfLength() {
        assertThat(new RequestId("r".repeat(100)).value()).hasSize(100);
        Refusal.of(() -> new RequestId("r".repeat(101))).naming("value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "Canary7f@example.com", "Canary7f x", "Canary7f\n", "Canary7f\u00e9"})
    void requestId_otherCharacters_areRefusedAndNotRepeated(String value) {
        Refusal.of(() -> new RequestId(value))
                .ofType(RequestId.class)
                .naming("value")
                .hiding("Canary7f");
    }
}

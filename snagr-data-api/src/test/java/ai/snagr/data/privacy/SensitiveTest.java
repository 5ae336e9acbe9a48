package ai.snagr.data.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Texts;
import java.io.Serializable;
import org.junit.jupiter.api.Test;

class SensitiveTest {
    @Test
    void toString_printsNothingOfTheValue() {
        assertThat(Sensitive.of(Texts.CANARY)).hasToString("[sensitive]");
    }

    @Test
    void expose_isTheValue() {
        assertThat(Sensitive.of(Texts.CANARY).expose()).isEqualTo(Texts.CANARY);
    }

    @Test
    void equals_valuesDecide() {
        assertThat(Sensitive.of("a")).isEqualTo(Sensitive.of("a")).hasSameHashCodeAs(Sensitive.of("a"));
        assertThat(Sensitive.of("a")).isNotEqualTo(Sensitive.of("b"));
    }

    @Test
    void sensitive_isNotSerializable() {
        assertThat(Serializable.class.isAssignableFrom(Sensitive.class)).isFalse();
    }
}

package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {
    @Test
    void new_boundariesOfLength() {
        assertThat(new Cursor("-").token()).isEqualTo("-");
        assertThat(new Cursor(Texts.ofLength(512)).token()).hasSize(512);
        Refusal.of(() -> new Cursor("")).naming("token");
        Refusal.of(() -> new Cursor(Texts.ofLength(513))).naming("token");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Canary7f=", "Canary7f+", "Canary7f/", "Canary7f ", "Canary7f\n", "Canary7f'--", "Canary7fé"})
    void new_otherCharacters_areRefusedWithoutBeingRepeated(String token) {
        Refusal.of(() -> new Cursor(token)).ofType(Cursor.class).naming("token").hiding("Canary7f");
    }
}

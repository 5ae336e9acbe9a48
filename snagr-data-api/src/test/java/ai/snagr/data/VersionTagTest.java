package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTagTest {
    @Test
    void new_boundariesOfLength() {
        assertThat(new VersionTag("0").value()).isEqualTo("0");
        assertThat(new VersionTag(Texts.ofLength(64)).value()).hasSize(64);
        Refusal.of(() -> new VersionTag("")).naming("value");
        Refusal.of(() -> new VersionTag(Texts.ofLength(65))).naming("value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Canary7f", "canary-7f", "\"canary7f\"", "canary7f\n"})
    void new_otherCharacters_areRefusedWithoutBeingRepeated(String tag) {
        Refusal.of(() -> new VersionTag(tag))
                .ofType(VersionTag.class)
                .naming("value")
                .hiding("canary");
    }
}

package ai.snagr.data.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SystemSettingTest {
    @Test
    void new_boundariesOfLength() {
        assertThat(setting(Texts.ofLength(100), Texts.ofLength(2_000)).value()).hasSize(2_000);
        assertThat(setting("a", "").value()).isEmpty();
        Refusal.of(() -> setting(Texts.ofLength(101), Texts.ofLength(2_001)))
                .ofType(SystemSetting.class)
                .naming("name", "value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Canary7f", "canary 7f", "canary7f\n", "canary-7f"})
    void new_otherNames_areRefusedWithoutBeingRepeated(String name) {
        Refusal.of(() -> setting(name, "1")).naming("name").hiding("canary");
    }

    private static SystemSetting setting(String name, String value) {
        return new SystemSetting(name, value, Instant.EPOCH);
    }
}

package ai.snagr.data.testkit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.testkit.ServerKind;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChoiceTest {
    private static final String NAME = "snagr.test.redis";
    private static final DockerProbe.Answer ENGINE = new DockerProbe.Answer(true, "an engine answers");
    private static final DockerProbe.Answer NO_ENGINE = new DockerProbe.Answer(false, "no engine answers");

    @Test
    void of_nothingSetAndEngine_isDockerWithFallback() {
        Choice choice = choose(Map.of(), () -> ENGINE);

        assertThat(choice.kind()).isEqualTo(ServerKind.DOCKER);
        assertThat(choice.reason()).isEqualTo("an engine answers");
        assertThat(choice.fallback()).isTrue();
    }

    @Test
    void of_nothingSetAndNoEngine_isEmbedded() {
        Choice choice = choose(Map.of(), () -> NO_ENGINE);

        assertThat(choice.kind()).isEqualTo(ServerKind.EMBEDDED);
        assertThat(choice.reason()).isEqualTo("no engine answers");
        assertThat(choice.fallback()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "AUTO", " auto ", "", "  "})
    void of_auto_asksForDocker(String value) {
        assertThat(choose(Map.of(NAME, value), () -> ENGINE).kind()).isEqualTo(ServerKind.DOCKER);
    }

    @ParameterizedTest
    @CsvSource({"docker,DOCKER", "Docker,DOCKER", "embedded,EMBEDDED", "redis://127.0.0.1:6379,EXTERNAL"})
    void of_namedKind_doesNotAskForDockerAndNeverFallsBack(String value, ServerKind kind) {
        Choice choice = choose(Map.of(NAME, value), ChoiceTest::notAsked);

        assertThat(choice.kind()).isEqualTo(kind);
        assertThat(choice.fallback()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"embeded", "none", "postgresql://user:secret@host/db", "rediss://:secret@host"})
    void of_anythingElse_namesWhatIsAllowedAndNotTheValue(String value) {
        assertThatThrownBy(() -> choose(Map.of(NAME, value), ChoiceTest::notAsked))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "snagr.test.redis (or SNAGR_TEST_REDIS) must be auto, docker, embedded or an address that begins"
                                + " with redis://");
    }

    @Test
    void insteadOfContainer_isEmbeddedAndSaysWhy() {
        Choice choice =
                choose(Map.of(), () -> ENGINE).insteadOfContainer(new IllegalStateException("no such\nimage\n"));

        assertThat(choice.kind()).isEqualTo(ServerKind.EMBEDDED);
        assertThat(choice.reason()).contains("an engine answers", "did not start", "no such image");
        assertThat(choice.fallback()).isFalse();
    }

    private static DockerProbe.Answer notAsked() {
        throw new AssertionError("Docker must not be looked for");
    }

    private static Choice choose(Map<String, String> settings, Supplier<DockerProbe.Answer> probe) {
        return Choice.of(Settings.of(settings::get), NAME, "redis://", probe);
    }
}

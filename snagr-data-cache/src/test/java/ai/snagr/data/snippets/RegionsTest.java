package ai.snagr.data.snippets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegionsTest {
    @Test
    void ofJava_regions_comeWithoutTheirIndentation() {
        String source = """
                class A {
                    void a() {
                        // region first
                        try (Data data = open()) {
                            data.use();
                        }
                        // endregion
                        more();
                        // region second
                        last();
                        // endregion
                    }
                }
                """;

        assertThat(Regions.ofJava(source))
                .containsExactly(
                        entry("first", "try (Data data = open()) {\n    data.use();\n}"), entry("second", "last();"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "// region a\nx();",
                "// region a\n// region b\n// endregion",
                "// endregion",
                "// region a\n// endregion\n// region a\n// endregion"
            })
    void ofJava_brokenMarks_areRefused(String source) {
        assertThatIllegalArgumentException().isThrownBy(() -> Regions.ofJava(source));
    }

    @Test
    void ofMarkdown_javaBlocks_areFound() {
        String text = """
                # Title
                ```java
                a();
                    b();
                ```
                ```sh
                ls
                ```
                1. listed:
                   ```java
                   c();
                   ```
                """;

        assertThat(Regions.ofMarkdown(text)).containsExactly("a();\n    b();", "c();");
    }

    @Test
    void ofMarkdown_openFence_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Regions.ofMarkdown("```java\na();"));
    }
}

package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebUrlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.org",
                "https://example.org/item/1?a=b&c=%20#top",
                "HTTPS://EXAMPLE.ORG/",
                "https://example.org:8443/x",
                "https://192.0.2.1/x",
                "https://[2001:db8::1]/x",
                "https://xn--bcher-kva.example/x",
                "https://example.org/bücher"
            })
    void of_webAddress_isKept(String url) {
        assertThat(WebUrl.of(url).value()).isEqualTo(url);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "canary7f",
                "/canary7f/relative",
                "//example.org/canary7f",
                "ftp://example.org/canary7f",
                "file:///etc/canary7f",
                "javascript:alert('canary7f')",
                "data:text/html,canary7f",
                "jar:https://example.org/canary7f.jar!/x",
                "http:///canary7f",
                "http://?canary7f",
                "https:example.org/canary7f",
                "https://user:canary7f@example.org/",
                "https://canary7f@example.org/",
                "https://example.org/canary7f x",
                "https://exam ple.org/canary7f",
                "https://example.org/%zzcanary7f",
                "https://example.org\\canary7f",
                "https://example.org/canary7f\nSet-Cookie: a"
            })
    void of_anythingElse_isRefusedWithoutBeingRepeated(String url) {
        Refusal.of(() -> WebUrl.of(url)).ofType(WebUrl.class).naming("value").hiding("canary7f");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void of_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> WebUrl.of("https://example.org/" + Texts.CANARY + forbidden))
                .naming("value")
                .hiding(Texts.CANARY);
    }

    @Test
    void of_longest_isAccepted() {
        String start = "https://example.org/";
        String longest = start + Texts.ofLength(2_048 - start.length());

        assertThat(WebUrl.of(longest).value()).hasSize(2_048);
        Refusal.of(() -> WebUrl.of(longest + "x")).naming("value");
    }
}

package ai.snagr.data.search;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Money;
import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NewSearchTest {
    @Test
    void of_text_isTrimmedAndComposed() {
        assertThat(NewSearch.of("  Cafe\u0301 table\n").queryText()).isEqualTo("Caf\u00E9 table");
        assertThat(NewSearch.of("PS5").parameters()).isEqualTo(SearchParameters.none());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\r\n"})
    void of_blank_isRefused(String blank) {
        Refusal.of(() -> NewSearch.of(blank)).ofType(NewSearch.class).naming("queryText");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void of_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> NewSearch.of(Texts.CANARY + forbidden + Texts.CANARY))
                .naming("queryText")
                .hiding(Texts.CANARY);
    }

    @Test
    void of_boundariesOfLength() {
        assertThat(NewSearch.of("x").queryText()).isEqualTo("x");
        assertThat(NewSearch.of(Texts.ASTRAL.repeat(500)).queryText()).hasSize(1_000);
        Refusal.of(() -> NewSearch.of(Texts.ASTRAL.repeat(501))).naming("queryText");
    }

    @Test
    void withParameters_keepsTheText() {
        SearchParameters parameters = SearchParameters.none().withPrice(null, Money.of(40_000, "USD"));

        assertThat(NewSearch.of("PS5").withParameters(parameters)).isEqualTo(new NewSearch("PS5", parameters));
    }
}

package ai.snagr.data.search;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Money;
import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SearchParametersTest {
    private static final SearchParameters NONE = SearchParameters.none();
    private static final GeoPoint CENTER = new GeoPoint(35.6, -82.5);

    @Test
    void withPrice_orderedPrices_areKept() {
        Money price = Money.of(100, "USD");

        assertThat(NONE.withPrice(price, price).maxPrice()).isEqualTo(price);
        assertThat(NONE.withPrice(price, null).minPrice()).isEqualTo(price);
    }

    @Test
    void withPrice_reversed_isRefused() {
        Refusal.of(() -> NONE.withPrice(Money.of(101, "USD"), Money.of(100, "USD")))
                .ofType(SearchParameters.class)
                .naming("maxPrice");
    }

    @Test
    void withPrice_twoCurrencies_isRefused() {
        Refusal.of(() -> NONE.withPrice(Money.of(1, "USD"), Money.of(2, "EUR"))).naming("maxPrice");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20_000_000})
    void within_boundariesOfRadius_areKept(int radius) {
        assertThat(NONE.within(CENTER, radius).radiusMeters()).isEqualTo(radius);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, 0, 20_000_001})
    void within_otherRadius_isRefused(int radius) {
        Refusal.of(() -> NONE.within(CENTER, radius)).naming("radiusMeters");
    }

    @Test
    void new_centerWithoutRadius_isRefused() {
        Refusal.of(() -> new SearchParameters(null, null, CENTER, null, Map.of()))
                .naming("radiusMeters");
        Refusal.of(() -> new SearchParameters(null, null, null, 5, Map.of())).naming("radiusMeters");
    }

    @Test
    void withAttributes_boundaries() {
        assertThat(NONE.withAttributes(attributes(50)).attributes()).hasSize(50);
        Refusal.of(() -> NONE.withAttributes(attributes(51))).naming("attributes.size");

        String name = "n".repeat(50);
        assertThat(NONE.withAttributes(Map.of(name, Texts.ofLength(500))).attributes())
                .containsKey(name);
        Refusal.of(() -> NONE.withAttributes(Map.of(name + "n", ""))).naming("attributes");
        Refusal.of(() -> NONE.withAttributes(Map.of(name, Texts.ofLength(501)))).naming("attributes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Canary7f", "canary 7f", "canary-7f", "canaryé", "canary\u00007f"})
    void withAttributes_otherNames_areRefusedWithoutBeingRepeated(String name) {
        Refusal.of(() -> NONE.withAttributes(Map.of(name, "value")))
                .naming("attributes")
                .hiding("canary");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void withAttributes_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> NONE.withAttributes(Map.of("color", Texts.CANARY + forbidden)))
                .naming("attributes")
                .hiding(Texts.CANARY);
    }

    @Test
    void withAttributes_changedAfterwards_areNotShared() {
        Map<String, String> attributes = new HashMap<>(Map.of("color", "red"));
        SearchParameters parameters = NONE.withAttributes(attributes);

        attributes.put("color", "blue");

        assertThat(parameters.attributes()).containsEntry("color", "red");
    }

    @Test
    void new_allWrong_namesAll() {
        Refusal.of(() -> new SearchParameters(
                        Money.of(2, "USD"), Money.of(1, "USD"), null, 0, Map.of("Canary7f", "\u0000")))
                .naming("maxPrice", "radiusMeters", "attributes")
                .hiding("Canary7f");
    }

    private static Map<String, String> attributes(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "name_" + i, i -> "value"));
    }
}

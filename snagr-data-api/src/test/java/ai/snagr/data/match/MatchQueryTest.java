package ai.snagr.data.match;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Cursor;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MatchQueryTest {
    private static final MatchQuery TOP = MatchQuery.top(20);

    @Test
    void isUnfiltered_anyFilter_isFalse() {
        assertThat(TOP.isUnfiltered()).isTrue();
        assertThat(TOP.after(new Cursor("abc")).isUnfiltered()).isTrue();
        assertThat(TOP.priceAtLeast(Money.of(1, "USD")).isUnfiltered()).isFalse();
        assertThat(TOP.priceAtMost(Money.of(1, "USD")).isUnfiltered()).isFalse();
        assertThat(TOP.within(1).isUnfiltered()).isFalse();
        assertThat(TOP.withText("ps5").isUnfiltered()).isFalse();
    }

    @Test
    void after_keepsFiltersAndSize() {
        MatchQuery query = TOP.priceAtLeast(Money.of(1, "USD"))
                .priceAtMost(Money.of(2, "USD"))
                .within(3)
                .withText("ps5");

        assertThat(query.after(new Cursor("abc")))
                .isEqualTo(new MatchQuery(
                        Page.after(new Cursor("abc"), 20), Money.of(1, "USD"), Money.of(2, "USD"), 3, "ps5"));
    }

    @Test
    void price_reversedOrInTwoCurrencies_isRefused() {
        MatchQuery atLeast = TOP.priceAtLeast(Money.of(100, "USD"));

        assertThat(atLeast.priceAtMost(Money.of(100, "USD")).maxPrice()).isEqualTo(Money.of(100, "USD"));
        Refusal.of(() -> atLeast.priceAtMost(Money.of(99, "USD"))).naming("maxPrice");
        Refusal.of(() -> atLeast.priceAtMost(Money.of(100, "EUR"))).naming("maxPrice");
    }

    @Test
    void within_boundaries() {
        assertThat(TOP.within(0).maxDistanceMeters()).isZero();
        assertThat(TOP.within(Integer.MAX_VALUE).maxDistanceMeters()).isEqualTo(Integer.MAX_VALUE);
        Refusal.of(() -> TOP.within(-1)).ofType(MatchQuery.class).naming("maxDistanceMeters");
    }

    @Test
    void withText_boundaries() {
        assertThat(TOP.withText(Texts.ofLength(500)).text()).hasSize(500);
        Refusal.of(() -> TOP.withText(Texts.ofLength(501))).naming("text");
        Refusal.of(() -> TOP.withText(" ")).naming("text");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void withText_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> TOP.withText(Texts.CANARY + forbidden)).naming("text").hiding(Texts.CANARY);
    }

    @Test
    void top_sizeOutsideAPage_isRefused() {
        Refusal.of(() -> MatchQuery.top(201)).ofType(Page.class).naming("size");
    }

    @Test
    void new_allWrong_namesAll() {
        Refusal.of(() -> new MatchQuery(
                        Page.first(1), Money.of(2, "USD"), Money.of(1, "USD"), -1, Texts.CANARY + "\u0000"))
                .naming("maxPrice", "maxDistanceMeters", "text")
                .hiding(Texts.CANARY);
    }
}

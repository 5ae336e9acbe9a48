package ai.snagr.data.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ai.snagr.data.Money;
import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import ai.snagr.data.WebUrl;
import ai.snagr.data.privacy.Sensitive;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NewMatchTest {
    private static final Money PRICE = Money.of(19_900, "USD");

    @Test
    void new_boundariesOfLength() {
        assertThatCode(() ->
                        match(Texts.ofLength(200), Texts.ofLength(500), Texts.ofLength(20_000), Integer.MAX_VALUE, 1.0))
                .doesNotThrowAnyException();
        assertThatCode(() -> match("x", "x", "", 0, 0.0)).doesNotThrowAnyException();
        Refusal.of(() -> match(Texts.ofLength(201), "PS5", null, null, 0.5)).naming("externalListingId");
        Refusal.of(() -> match("1", Texts.ofLength(501), null, null, 0.5)).naming("title");
        Refusal.of(() -> match("1", "PS5", Texts.ofLength(20_001), null, 0.5)).naming("description");
    }

    @Test
    void new_absentParts_areAccepted() {
        NewMatch match = match("1", "PS5", null, null, 0.5);

        assertThat(match.description()).isNull();
        assertThat(match.distanceMeters()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1969-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"})
    void new_postedOutsideTheYears_isRefused(String posted) {
        NewMatch match = match("1", "PS5", null, null, 0.5);

        Refusal.of(() -> new NewMatch(
                        match.externalListingId(),
                        match.title(),
                        match.price(),
                        match.description(),
                        match.imageUrl(),
                        match.seller(),
                        match.listingUrl(),
                        Instant.parse(posted),
                        match.distanceMeters(),
                        match.relevanceScore()))
                .naming("postedAt");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, -0.0001, 1.0001, Double.POSITIVE_INFINITY})
    void new_scoreOutsideZeroToOne_isRefused(double score) {
        Refusal.of(() -> match("1", "PS5", null, null, score)).naming("relevanceScore");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void new_forbiddenCharacter_namesEveryTextThatHasIt(String forbidden) {
        String text = Texts.CANARY + forbidden;

        Refusal.of(() -> match(text, text, text, null, 0.5))
                .naming("externalListingId", "title", "description")
                .hiding(Texts.CANARY);
    }

    @Test
    void new_allWrong_namesAll() {
        Refusal.of(() -> match("", " ", "\u0000", -1, 2))
                .ofType(NewMatch.class)
                .naming("externalListingId", "title", "description", "distanceMeters", "relevanceScore");
    }

    @Test
    void withers_changeOnePart() {
        NewMatch match = match("1", "PS5", "as new", 1_200, 0.5);

        assertThat(match.withPrice(Money.of(1, "EUR")).price()).isEqualTo(Money.of(1, "EUR"));
        assertThat(match.withPrice(PRICE)).isEqualTo(match);
        assertThat(match.withRelevanceScore(0.9).relevanceScore()).isEqualTo(0.9);
        assertThat(match.withRelevanceScore(0.9).withRelevanceScore(0.5)).isEqualTo(match);
    }

    private static NewMatch match(
            String id, String title, @Nullable String description, @Nullable Integer distance, double score) {
        return new NewMatch(
                id,
                title,
                PRICE,
                description,
                WebUrl.of("https://example.org/1.jpg"),
                Sensitive.of(SellerInfo.of("Sam", null)),
                Sensitive.of(WebUrl.of("https://example.org/1")),
                null,
                distance,
                score);
    }
}

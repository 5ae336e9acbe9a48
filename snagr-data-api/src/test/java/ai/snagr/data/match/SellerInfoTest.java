package ai.snagr.data.match;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SellerInfoTest {
    @Test
    void of_name_hasNothingElse() {
        assertThat(SellerInfo.of("Sam", null)).isEqualTo(new SellerInfo("Sam", null, null, Map.of()));
    }

    @Test
    void new_boundaries() {
        assertThat(new SellerInfo(Texts.ofLength(200), null, Texts.ofLength(320), details(20)).details())
                .hasSize(20);
        Refusal.of(() -> SellerInfo.of(Texts.ofLength(201), null)).naming("name");
        Refusal.of(() -> new SellerInfo("Sam", null, Texts.ofLength(321), Map.of()))
                .naming("contact");
        Refusal.of(() -> new SellerInfo("Sam", null, null, details(21))).naming("details.size");
        Refusal.of(() -> new SellerInfo("Sam", null, null, Map.of("phone", Texts.ofLength(501))))
                .naming("details");
    }

    @Test
    void new_allWrong_namesAllWithoutRepeatingThem() {
        Refusal.of(() -> new SellerInfo(
                        Texts.CANARY + "\u0000", null, "\u202E" + Texts.CANARY, Map.of(Texts.CANARY, Texts.CANARY)))
                .ofType(SellerInfo.class)
                .naming("name", "contact", "details")
                .hiding(Texts.CANARY);
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void new_forbiddenCharacter_namesEveryTextThatHasIt(String forbidden) {
        String text = Texts.CANARY + forbidden;

        Refusal.of(() -> new SellerInfo(text, null, text, Map.of("note", text)))
                .naming("name", "contact", "details")
                .hiding(Texts.CANARY);
    }

    private static Map<String, String> details(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "name_" + i, i -> Texts.ofLength(500)));
    }
}

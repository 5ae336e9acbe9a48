package ai.snagr.data.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.Problem;
import ai.snagr.data.Refusal;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.Texts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckTest {
    @Test
    void done_noProblem_returns() {
        assertThatCode(() ->
                        Check.of(CheckTest.class).that(true, "a", "must hold").done())
                .doesNotThrowAnyException();
    }

    @Test
    void done_severalProblems_namesAllInOrder() {
        Refusal.of(() -> Check.of(CheckTest.class)
                        .that(false, "b", "must hold")
                        .range(3, 4, 5, "a")
                        .text(" ", "c", 5)
                        .done())
                .ofType(CheckTest.class)
                .naming("b", "a", "c");
    }

    @Test
    void done_sameProblemManyTimes_namesItOnce() {
        Check check = Check.of(CheckTest.class);
        for (int i = 0; i < 100_000; i++) {
            check.that(false, "attributes", "must hold");
        }

        SnagrDataException.InvalidInput refusal =
                catchThrowableOfType(SnagrDataException.InvalidInput.class, check::done);

        assertThat(refusal.problems()).containsExactly(new Problem("attributes", "must hold"));
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void plainText_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> Check.of(CheckTest.class)
                        .plainText(Texts.CANARY + forbidden, "text", 100)
                        .done())
                .naming("text")
                .hiding(Texts.CANARY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\tb\r\nc", "Grüße, Ωmega, 日本語", "\uD83D\uDC69\u200D\uD83D\uDCBB", "\u05D0\u05D1"})
    void plainText_ordinaryText_isAccepted(String text) {
        assertThatCode(() ->
                        Check.of(CheckTest.class).plainText(text, "text", 100).done())
                .doesNotThrowAnyException();
    }

    @Test
    void plainText_lengthCountsCodePoints() {
        String three = Texts.ASTRAL.repeat(3);

        assertThatCode(() ->
                        Check.of(CheckTest.class).plainText(three, "text", 3).done())
                .doesNotThrowAnyException();
        Refusal.of(() -> Check.of(CheckTest.class).plainText(three, "text", 2).done())
                .naming("text");
    }

    @Test
    void plainText_tooLong_isRefusedWithoutBeingRepeated() {
        Refusal.of(() -> Check.of(CheckTest.class)
                        .plainText(Texts.CANARY, "text", 3)
                        .done())
                .naming("text")
                .hiding(Texts.CANARY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n", "\u2003"})
    void text_blank_isRefused(String blank) {
        Refusal.of(() -> Check.of(CheckTest.class).text(blank, "text", 10).done())
                .naming("text");
    }

    @Test
    void optionalText_absent_isAccepted() {
        assertThatCode(() ->
                        Check.of(CheckTest.class).optionalText(null, "text", 1).done())
                .doesNotThrowAnyException();
    }

    @Test
    void range_boundaries_areAccepted() {
        assertThatCode(() -> Check.of(CheckTest.class)
                        .range(1, 1, 3, "n")
                        .range(3, 1, 3, "n")
                        .done())
                .doesNotThrowAnyException();
        Refusal.of(() -> Check.of(CheckTest.class).range(0, 1, 3, "n").done()).naming("n");
        Refusal.of(() -> Check.of(CheckTest.class).range(4, 1, 3, "n").done()).naming("n");
    }

    @Test
    void normalized_decomposedText_isComposed() {
        assertThat(Check.normalized("e\u0301")).isEqualTo("\u00E9");
    }
}

package ai.snagr.data.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a@b",
                "alice@example.org",
                "alice+ps5@sub.example.co.uk",
                "o'hara_1!#$%&*/=?^`{|}~-@example.org",
                "x@1.2.example",
                "jörg@müller.example",
                "用户@例子.广告"
            })
    void of_goodAddress_isKept(String address) {
        assertThat(EmailAddress.of(address).value()).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  ",
                "canary7f",
                "@example.org",
                "canary7f@",
                "canary7f@@example.org",
                "canary7f@x@example.org",
                "canary 7f@example.org",
                "canary7f@exa mple.org",
                "canary7f@example..org",
                "canary7f@.example.org",
                "canary7f@example.org.",
                "canary7f@-example.org",
                "canary7f@example-.org",
                "canary7f@exam_ple.org",
                "canary7f@[127.0.0.1]",
                ".canary7f@example.org",
                "canary7f.@example.org",
                "can..ary7f@example.org",
                "\"canary7f\"@example.org",
                "Canary7f <canary7f@example.org>",
                "canary7f@example.org,b@example.org",
                "canary7f@example.org\nBcc: b@example.org",
                "mailto:canary7f@example.org"
            })
    void of_badAddress_isRefusedWithoutBeingRepeated(String address) {
        Refusal.of(() -> EmailAddress.of(address))
                .ofType(EmailAddress.class)
                .naming("value")
                .hiding("canary")
                .hiding("7f");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void of_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> EmailAddress.of("canary7f" + forbidden + "x@example.org"))
                .naming("value")
                .hiding("canary7f");
    }

    @Test
    void of_longestParts_areAccepted() {
        String domain = Texts.ofLength(63) + "." + Texts.ofLength(63) + "." + Texts.ofLength(61);
        String longest = Texts.ofLength(64) + "@" + domain;

        assertThat(longest).hasSize(254);
        assertThat(EmailAddress.of(longest).value()).isEqualTo(longest);
        Refusal.of(() -> EmailAddress.of(longest + "x")).naming("value");
        Refusal.of(() -> EmailAddress.of(Texts.ofLength(65) + "@example.org")).naming("value");
        Refusal.of(() -> EmailAddress.of("a@" + Texts.ofLength(64) + ".org")).naming("value");
    }

    @Test
    void of_enormousText_isRefused() {
        Refusal.of(() -> EmailAddress.of("a@" + "a.".repeat(500_000) + "org")).naming("value");
    }

    @Test
    void of_surroundingSpace_isTrimmed() {
        assertThat(EmailAddress.of(" alice@example.org\n").value()).isEqualTo("alice@example.org");
    }

    @Test
    void of_decomposedText_isTheSameAddress() {
        assertThat(EmailAddress.of("rene\u0301@example.org")).isEqualTo(EmailAddress.of("ren\u00E9@example.org"));
    }

    @Test
    void key_addressesThatDifferInCase_areTheSame() {
        assertThat(EmailAddress.of("Alice@Example.ORG").key()).isEqualTo("alice@example.org");
        assertThat(EmailAddress.of("Alice@Example.ORG").value()).isEqualTo("Alice@Example.ORG");
    }

    /** Folding the dotless i into i would let one mailbox take over the account of another. */
    @Test
    void key_dotlessI_isAnotherAddress() {
        assertThat(EmailAddress.of("m\u0131a@example.org").key())
                .isNotEqualTo(EmailAddress.of("mia@example.org").key());
    }

    @Test
    @SuppressWarnings("NullAway")
    void of_null_isRefused() {
        assertThatNullPointerException().isThrownBy(() -> EmailAddress.of(null)).withMessage("value");
    }
}

package ai.snagr.data.payment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StripePaymentIdTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "pi_3MtwBwLkdIwHu7ix28a3tqPa",
                "ch_3MmlLrLkdIwHu7ix0snN0B15",
                "py_1GsRoE2eZvKYlo2C",
                "pi_test_1234"
            })
    void of_stripeId_isKept(String id) {
        assertThat(StripePaymentId.of(id).value()).isEqualTo(id);
    }

    /** A number that somebody typed into the wrong field must not travel on in an error. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "4242424242424242",
                "4242 4242 4242 4242",
                "pi_4242-4242-4242",
                "PI_424242424242",
                "xx_424242424242",
                "pi_4242",
                "pi_42424242\n",
                "pi_42424242' or true --",
                "cus_42424242424",
                ""
            })
    void of_anythingElse_isRefusedWithoutBeingRepeated(String id) {
        Refusal.of(() -> StripePaymentId.of(id))
                .ofType(StripePaymentId.class)
                .naming("value")
                .hiding("4242");
    }

    @Test
    void of_boundariesOfLength() {
        assertThat(StripePaymentId.of("pi_" + "a".repeat(8)).value()).hasSize(11);
        assertThat(StripePaymentId.of("pi_" + "a".repeat(200)).value()).hasSize(203);
        Refusal.of(() -> StripePaymentId.of("pi_" + "a".repeat(7))).naming("value");
        Refusal.of(() -> StripePaymentId.of("pi_" + "a".repeat(201))).naming("value");
    }
}

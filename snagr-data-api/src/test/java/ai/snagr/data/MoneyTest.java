package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {
    @ParameterizedTest
    @ValueSource(strings = {"USD", "EUR", "JPY", "BHD"})
    void of_isoCurrency_isKept(String currency) {
        assertThat(Money.of(499, currency)).isEqualTo(new Money(499, currency));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "usd", "US", "USDD", "CANARY7F", "XXX", "XAU", "U\u0000D", "US\u0430"})
    void of_otherCurrency_isRefusedWithoutBeingRepeated(String currency) {
        Refusal.of(() -> Money.of(1, currency))
                .ofType(Money.class)
                .naming("currency")
                .hiding("CANARY7F");
    }

    @Test
    void of_boundariesOfAmount() {
        assertThat(Money.of(0, "USD").minorUnits()).isZero();
        assertThat(Money.of(Money.MAX_MINOR_UNITS, "USD").minorUnits()).isEqualTo(1_000_000_000_000_000L);
        Refusal.of(() -> Money.of(-1, "USD")).naming("minorUnits");
        Refusal.of(() -> Money.of(Money.MAX_MINOR_UNITS + 1, "USD")).naming("minorUnits");
        Refusal.of(() -> Money.of(Long.MIN_VALUE, "USD")).naming("minorUnits");
    }

    @Test
    void of_bothWrong_namesBoth() {
        Refusal.of(() -> Money.of(-1, "dollar")).naming("minorUnits", "currency");
    }
}

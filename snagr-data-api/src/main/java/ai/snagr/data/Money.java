package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import java.util.Currency;

/**
 * An amount of money, never negative.
 *
 * @param minorUnits the amount in the currency's smallest unit (cents), 0 to 10^15
 * @param currency an ISO 4217 code in upper case, such as {@code USD}
 */
public record Money(long minorUnits, String currency) {
    public static final long MAX_MINOR_UNITS = 1_000_000_000_000_000L;

    public Money {
        requireNonNull(currency, "currency");
        Check.of(Money.class)
                .range(minorUnits, 0, MAX_MINOR_UNITS, "minorUnits")
                .that(isCurrency(currency), "currency", "must be an ISO 4217 code in upper case, such as USD")
                .done();
    }

    public static Money of(long minorUnits, String currency) {
        return new Money(minorUnits, currency);
    }

    private static boolean isCurrency(String code) {
        try {
            return Currency.getInstance(code).getDefaultFractionDigits() >= 0;
        } catch (IllegalArgumentException unknown) {
            return false;
        }
    }
}

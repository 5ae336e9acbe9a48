package ai.snagr.data.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class CardNumbersTest {
    /** What payment services publish for tests. */
    static final String[] TEST_NUMBERS = {
        "4242424242424242", // Visa
        "4000056655665556",
        "4111111111111111",
        "4012888888881881",
        "4222222222222",
        "4000000000000002",
        "4000000000003220",
        "5555555555554444", // Mastercard
        "5105105105105100",
        "5200828282828210",
        "5454545454545454",
        "2223003122003222",
        "2720990000000007",
        "378282246310005", // American Express
        "371449635398431",
        "378734493671000",
        "6011111111111117", // Discover
        "6011000990139424",
        "6445644564456445",
        "6500000000000002",
        "3056930009020004", // Diners Club
        "30569309025904",
        "38520000023237",
        "36227206271667",
        "3566002020360505", // JCB
        "3530111333300000",
        "6200000000000005", // UnionPay
        "6200000000000047",
        "6205500000000000004",
        "6304000000000000", // Maestro
        "6759649826438453",
        "6799990100000000019",
        "5019717010103742", // Dankort
        "2200000000000004", // Mir
        "6062826786276634", // Hipercard
        "6362970000457013", // Elo
        "9792030000000000", // Troy
        "8171999900000018", // UnionPay of 81
        "6521111111111110", // RuPay
    };

    @ParameterizedTest
    @FieldSource("TEST_NUMBERS")
    void contains_testNumber_inEveryDress_isFound(String number) {
        String spaced = number.replaceAll("(.{4})(?=.)", "$1 ");
        assertThat(Stream.of(
                        number,
                        "My card is " + number + ".",
                        "Visa" + number + "x",
                        "pi_" + number,
                        "(" + number + ")",
                        "12," + number + ",3",
                        "https://example.org/?card=" + number + "&x=1",
                        number + " 12/27 123",
                        number + " 123",
                        "7 " + number,
                        spaced,
                        spaced.replace(' ', '-'),
                        spaced.replace(' ', '\u2011'), // non-breaking hyphen
                        spaced.replace(' ', '\u2013'), // en dash
                        spaced.replace(' ', '\u2212'), // minus sign
                        spaced.replace(' ', '\u00A0'),
                        spaced.replace(' ', '\u2009'),
                        spaced.replace(' ', '\u3000'),
                        spaced.replace(' ', '\t'),
                        spaced.replace(" ", " - "),
                        spaced.replace(" ", "\u200B"), // of no width
                        spaced.replace(' ', '\u00AD'), // soft hyphen
                        moved(number, 0xFF10), // full width
                        moved(spaced, 0xFF10),
                        moved(number, 0x0660), // Arabic
                        moved(number, 0x0966), // Devanagari
                        moved(number, 0x1D7CE), // mathematical bold
                        number.replaceAll("[0-9]", "$0\uFE0F\u20E3"))) // as emoji
                .as("texts in which it is not found")
                .allMatch(CardNumbers::contains);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
                "42 42 42 42 42 42 42 42",
                "4242.4242.4242.4242",
                "3782 822463 10005",
                "3056 930902 5904",
                "\u2463\u2461\u2463\u2461\u2463\u2461\u2463\u2461\u2463\u2461\u2463\u2461\u2463\u2461\u2463\u2461",
                "4242 4242 4242 4242 4111 1111 1111 1112"
            })
    void contains_otherGroups_isFound(String text) {
        assertThat(CardNumbers.contains(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "4242424242424241", // wrong check digit
                "9999999999999995", // nobody's prefix
                "424242424242", // too short
                "42424242424242424242424242424242", // part of a longer number
                "14242424242424242",
                "12345678901234567890",
                "4242\n4242\n4242\n4242", // a column of numbers
                "7b2c4111-1111-4111-8111-111111111111",
                "00000000-0000-4242-4242-424242424242",
                "a4242424242424242424242f",
                "4111111111111111deadbeefdeadbeef",
                "2026-05-01",
                "2026-05-30 2026-06-01 2026-06-15 2026-07-01",
                "2026-05-01T12:30:45.123456789Z",
                "20260501123045",
                "1777639845123",
                "1777639845123456",
                "+49 151 12345678",
                "+4915112345678",
                "+1 415 555 2671, +1 415 555 2672",
                "49 151 12345674",
                "$4,242.42 and $1,999.00",
                "49.99 59.99 19.99 29.99 4.99",
                "4006381333931", // EAN
                "4012345678901",
                "9780306406157",
                "0.4242424242424242",
                "51.5105105105105100",
                "Order 2026-000123-4567",
                "IBAN DE89 3704 0044 0532 0130 00",
                "IMEI 490154203237518",
                "10.20.30.40"
            })
    void contains_otherNumbers_isNotFound(String text) {
        assertThat(CardNumbers.contains(text)).isFalse();
    }

    @Test
    void contains_articleNumbersOfGermany_areNotFound() {
        Random random = new Random(4);
        for (int i = 0; i < 10_000; i++) {
            String first = "4" + String.format(Locale.ROOT, "%011d", random.nextLong(100_000_000_000L));
            assertThat(CardNumbers.contains(first + eanDigit(first))).as(first).isFalse();
        }
    }

    @Test
    void contains_randomIdsAndPrices_isNotFound() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            byte[] bits = new byte[16];
            random.nextBytes(bits);
            String id = UUID.nameUUIDFromBytes(bits).toString();
            String price = String.format(
                    Locale.ROOT,
                    "$%,.2f or %.2f or %d",
                    random.nextDouble(1e6),
                    random.nextDouble(1e6),
                    random.nextInt());

            assertThat(Stream.of(
                            id, id.toUpperCase(Locale.ROOT), id.replace("-", ""), price, "id=" + id + "; " + price))
                    .noneMatch(CardNumbers::contains);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "4,     16", "4,    19", "51,   16", "53,   16", "55,   16", "2221, 16", "2345, 16", "2720, 16", "34,   15",
        "37,    15", "6011, 16", "6011, 19", "644,  16", "65,   16", "300,  14", "305,  14", "36,   14", "38,   14",
        "36,    16", "3528, 16", "3589, 19", "62,   16", "62,   19", "5018, 16", "5020, 17", "6304, 14", "6759, 18",
        "2200,  16", "9792, 16", "6062, 16", "508,  16", "82,   16", "1800, 15"
    })
    void contains_randomNumbersOfABrand_areFound(String prefix, int length) {
        Random random = new Random(length);
        for (int i = 0; i < 1_000; i++) {
            StringBuilder number = new StringBuilder(prefix);
            while (number.length() < length - 1) {
                number.append(random.nextInt(10));
            }
            number.append(luhnDigit(number.toString()));

            assertThat(CardNumbers.contains("Pay with " + number + ", please"))
                    .as(number.toString())
                    .isTrue();
        }
    }

    @Test
    void noCardNumber_namesFieldAndRule_andNoDigit() {
        Refusal.of(() -> Check.of(CardNumbersTest.class)
                        .noCardNumber("4242 4242 4242 4242", "text")
                        .done())
                .naming("text")
                .hiding("4242");
    }

    /** A thousand groups cost a thousand short looks, not a million. */
    @Test
    void contains_longText_isReadOnce() {
        assertThat(CardNumbers.contains("4 ".repeat(5_000))).isFalse();
        assertThat(CardNumbers.contains("4".repeat(10_000))).isFalse();
        assertThat(CardNumbers.contains("\uFDFA4".repeat(5_000))).isFalse();
    }

    private static String moved(String text, int zero) {
        StringBuilder moved = new StringBuilder();
        text.codePoints().forEach(c -> moved.appendCodePoint(c >= '0' && c <= '9' ? zero + c - '0' : c));
        return moved.toString();
    }

    private static int luhnDigit(String rest) {
        int sum = 0;
        for (int i = 0; i < rest.length(); i++) {
            int digit = Character.digit(rest.charAt(rest.length() - 1 - i), 10) * (i % 2 == 0 ? 2 : 1);
            sum += digit / 10 + digit % 10;
        }
        return (10 - sum % 10) % 10;
    }

    private static int eanDigit(String rest) {
        int sum = 0;
        for (int i = 0; i < rest.length(); i++) {
            sum += Character.digit(rest.charAt(i), 10) * (i % 2 == 0 ? 1 : 3);
        }
        return (10 - sum % 10) % 10;
    }
}

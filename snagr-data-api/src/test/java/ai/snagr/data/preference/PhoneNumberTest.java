package ai.snagr.data.preference;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PhoneNumberTest {
    @ParameterizedTest
    @ValueSource(strings = {"+1234567", "+4915112345678", "+123456789012345"})
    void new_e164_isKept(String number) {
        assertThat(new PhoneNumber(number).value()).isEqualTo(number);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+491511234567a",
                "4915112345678",
                "0049151123456",
                "+0915112345678",
                "+123456",
                "+1234567890123456",
                "+49 151 1234567",
                "+49-1511234567",
                "+4915112345678\n",
                "+\u0664\u0669\u0661\u0665\u0661\u0661\u0662"
            })
    void new_anythingElse_isRefusedWithoutBeingRepeated(String number) {
        Refusal.of(() -> new PhoneNumber(number))
                .ofType(PhoneNumber.class)
                .naming("value")
                .hiding("1511")
                .hiding("123456");
    }
}

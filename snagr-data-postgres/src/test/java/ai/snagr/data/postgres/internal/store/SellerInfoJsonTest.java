package ai.snagr.data.postgres.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.match.SellerInfo;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SellerInfoJsonTest {
    static Stream<SellerInfo> sellers() {
        WebUrl profile = WebUrl.of("https://market.example.org/sam?a=1&b=%C3%A9");
        return Stream.of(
                SellerInfo.of("Sam", null),
                SellerInfo.of("日本語 🎮 \"quoted\" \\ \t\n", profile),
                new SellerInfo("Sam", profile, "sam@example.org", Map.of()),
                new SellerInfo("Sam", null, "+1 202 555 0100", Map.of("rating", "4.9", "since", "", "a_1", "\u2028")));
    }

    @ParameterizedTest
    @MethodSource("sellers")
    void read_written_isTheSame(SellerInfo seller) {
        assertThat(SellerInfoJson.read(SellerInfoJson.write(seller))).isEqualTo(seller);
    }

    @Test
    void write_leavesOutWhatIsNotSet() {
        assertThat(SellerInfoJson.write(SellerInfo.of("Sam", null))).asString().isEqualTo("{\"name\":\"Sam\"}");
        assertThat(SellerInfoJson.write(
                        new SellerInfo("Sam", WebUrl.of("https://a.org"), "c", Map.of("b", "2", "a", "1"))))
                .asString()
                .isEqualTo("{\"name\":\"Sam\",\"profile_url\":\"https://a.org\",\"contact\":\"c\","
                        + "\"details\":{\"a\":\"1\",\"b\":\"2\"}}");
    }

    @Test
    void read_unknownMember_isSkipped() {
        assertThat(SellerInfoJson.read(utf8("{\"name\":\"Sam\",\"badge\":{\"gold\":true}}")))
                .isEqualTo(SellerInfo.of("Sam", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "[]",
                "{}",
                "\"secret\"",
                "{\"name\":1}",
                "{\"name\":null}",
                "{\"name\":\"\"}",
                "{\"name\":\"secret\"} x",
                "{\"name\":\"secret\",\"contact\":{}}",
                "{\"name\":\"secret\",\"profile_url\":\"ftp://secret\"}",
                "{\"name\":\"secret\",\"profile_url\":7}",
                "{\"name\":\"secret\",\"details\":{\"a\":1}}",
                "{\"name\":\"secret\",\"details\":{\"A B\":\"secret\"}}",
                "{\"name\":\"secret\u0000\"}"
            })
    void read_otherBytes_isUnreadableAndSaysNothing(String json) {
        SnagrDataException failure =
                catchThrowableOfType(SnagrDataException.class, () -> SellerInfoJson.read(utf8(json)));

        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(ErrorCode.UNREADABLE);
        assertThat(failure).hasNoCause().hasMessageNotContaining("secret");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

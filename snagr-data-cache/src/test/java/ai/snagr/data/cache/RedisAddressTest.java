package ai.snagr.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://:secret@cache.example",
                "redis://10.0.0.7:6379/1",
                "redis://127.0.0.1.cache.example",
                "redis://[2001:db8::1]:6379",
                "rediss://:secret@cache.example?verifyPeer=NONE",
                "rediss://cache.example?verifyPeer=CA"
            })
    void endpoint_onAnotherMachineWithoutVerifiedTls_isRefusedUnlessAllowed(String uri) {
        assertThatThrownBy(() -> RedisEndpoint.of(RedisAddress.of(uri)))
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION))
                .hasMessageContaining("allowPlaintext(reason)")
                .hasMessageNotContaining("secret");
        RedisEndpoint.of(RedisAddress.of(uri).allowPlaintext("a private network"))
                .close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://localhost",
                "redis://127.0.0.1:6379",
                "redis://[::1]:6379",
                "rediss://cache.example:6380",
                "rediss://cache.example?verifyPeer=FULL"
            })
    void endpoint_onThisMachineOrOverVerifiedTls_isTaken(String uri) {
        RedisEndpoint.of(RedisAddress.of(uri)).close();
    }

    @Test
    void endpoint_withAModeThatIsNone_isRefusedWithoutRepeatingIt() {
        RedisAddress address = RedisAddress.of("rediss://:secret@cache.example?verifyPeer=canary");

        assertThatThrownBy(() -> RedisEndpoint.of(address))
                .isInstanceOf(SnagrDataException.Misconfigured.class)
                .hasNoCause()
                .hasMessageNotContainingAny("secret", "canary");
    }

    @Test
    void endpoint_withAnAuthorityThatIsNotThere_isRefused() {
        RedisAddress address = RedisAddress.of("rediss://cache.example").trusting(Path.of("no-such-file.pem"));

        assertThatThrownBy(() -> RedisEndpoint.of(address)).hasMessageContaining("no-such-file.pem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://secret@example.org", "redis://", "redis://se cret", "secret"})
    void address_ofSomethingElse_isRefusedWithoutRepeatingIt(String uri) {
        assertThatThrownBy(() -> RedisAddress.of(uri))
                .isInstanceOf(SnagrDataException.InvalidInput.class)
                .hasMessageContaining("rediss://host:port")
                .hasMessageNotContaining("secret");
    }

    @Test
    void allowPlaintext_withoutAReason_isRefused() {
        RedisAddress address = RedisAddress.of("redis://:secret@cache.example");

        assertThatThrownBy(() -> address.allowPlaintext(" ")).isInstanceOf(SnagrDataException.InvalidInput.class);
        assertThatThrownBy(() -> address.allowPlaintext("x".repeat(501)))
                .isInstanceOf(SnagrDataException.InvalidInput.class);
        assertThat(address.toString()).doesNotContain("secret");
    }
}

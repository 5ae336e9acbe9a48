package ai.snagr.data.postgres.internal.keyservice;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.GoogleKeys;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.testkit.contract.KeyServiceContract;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GoogleKmsTest extends KeyServiceContract {
    private static final KeyContext CONTEXT = new KeyContext("deployment", "owner");
    private static final KeyRef FIRST = new KeyRef(KeyPurpose.SUBJECT, 1);

    private @Nullable GoogleStandIn google;

    @Override
    protected KeyProvider open(Duration timeout) throws Exception {
        stop();
        google = new GoogleStandIn();
        google().create("subject", 2);
        google().create("lock", 2);
        return provider(timeout);
    }

    @Override
    protected void fail(Fault fault, int requests) {
        google().fail(fault, requests);
    }

    @AfterEach
    void stop() {
        if (google != null) {
            google.close();
        }
    }

    @Test
    void unwrap_answerDamagedOnTheWay_isUnavailable() {
        try (KeyProvider keys = provider(Duration.ofSeconds(20))) {
            WrappedKey wrapped = wrap(keys);
            google().damaging = true;
            assertThatThrownBy(() -> keys.unwrap(wrapped, CONTEXT))
                    .isInstanceOfSatisfying(
                            SnagrDataException.Failed.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE));
        }
    }

    @Test
    void destroy_laterThanTheServiceWaits_onlyDisables() {
        try (KeyProvider keys = provider(Duration.ofSeconds(20))) {
            assertThat(keys.destroy(FIRST, Instant.now().plus(Duration.ofDays(31))))
                    .isEqualTo(KeyState.DISABLED);
        }
    }

    @Test
    void key_nameThatIsNone_isRefused() {
        GoogleKeys settings = GoogleKeys.as(() -> "token");
        assertThatThrownBy(() -> settings.key(KeyPurpose.SUBJECT, "projects/p/../secrets"))
                .isInstanceOf(SnagrDataException.Misconfigured.class);
        assertThatThrownBy(settings::open).isInstanceOf(SnagrDataException.Misconfigured.class);
    }

    private KeyProvider provider(Duration timeout) {
        return GoogleKeys.as(() -> "first token")
                .address(google().address())
                .timeout(timeout)
                .key(KeyPurpose.SUBJECT, GoogleStandIn.RING + "subject")
                .key(KeyPurpose.LOCK, GoogleStandIn.RING + "lock")
                .open();
    }

    private static WrappedKey wrap(KeyProvider keys) {
        try (SecretBytes secret = SecretBytes.copyOf(new byte[32])) {
            return keys.wrap(FIRST, secret, CONTEXT);
        }
    }

    private GoogleStandIn google() {
        return requireNonNull(google, "open is called first");
    }
}

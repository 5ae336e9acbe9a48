package ai.snagr.data.postgres.internal.keyservice;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.VaultKeys;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.testkit.contract.KeyServiceContract;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VaultTransitTest extends KeyServiceContract {
    private static final KeyContext CONTEXT = new KeyContext("deployment", "owner");
    private static final KeyRef FIRST = new KeyRef(KeyPurpose.SUBJECT, 1);

    private @Nullable VaultStandIn vault;

    @Override
    protected KeyProvider open(Duration timeout) throws Exception {
        stop();
        vault = new VaultStandIn();
        vault().create("snagr-subject", 2);
        vault().create("snagr-lock", 2);
        return builder().timeout(timeout).open();
    }

    @Override
    protected void fail(Fault fault, int requests) {
        vault().fail(fault, requests);
    }

    @AfterEach
    void stop() {
        if (vault != null) {
            vault.close();
        }
    }

    @Test
    void rewrap_newerVersion_happensInsideVault() {
        try (KeyProvider keys = builder().open()) {
            WrappedKey wrapped = wrap(keys, FIRST);
            vault().requests.clear();
            WrappedKey rewrapped = keys.rewrap(wrapped, keys.current(KeyPurpose.SUBJECT), CONTEXT);
            assertThat(rewrapped.wrappedBy().version()).isEqualTo(2);
            assertThat(vault().requests)
                    .containsExactly("GET /v1/transit/keys/snagr-subject", "POST /v1/transit/rewrap/snagr-subject");
        }
    }

    @Test
    void wrap_currentVersionManyTimes_asksForTheVersionOnce() {
        try (KeyProvider keys = builder().open()) {
            for (int i = 0; i < 3; i++) {
                wrap(keys, keys.current(KeyPurpose.SUBJECT));
            }
            assertThat(vault().requests)
                    .containsExactly(
                            "GET /v1/transit/keys/snagr-subject",
                            "POST /v1/transit/encrypt/snagr-subject",
                            "POST /v1/transit/encrypt/snagr-subject",
                            "POST /v1/transit/encrypt/snagr-subject");
        }
    }

    @Test
    void open_keyThatIgnoresTheContextOrCanBeExported_isRefused() {
        vault().create("plain", 1).derived = false;
        vault().create("exportable", 1).exportable = true;
        for (String name : List.of("plain", "exportable")) {
            try (KeyProvider keys = builder().key(KeyPurpose.SUBJECT, name).open()) {
                WrappedKey wrapped = new WrappedKey(FIRST, new byte[60]);
                assertThatThrownBy(() -> keys.unwrap(wrapped, CONTEXT))
                        .isInstanceOf(SnagrDataException.Misconfigured.class)
                        .hasMessageContaining("derived=true");
                assertThatThrownBy(() -> wrap(keys, FIRST)).isInstanceOf(SnagrDataException.Misconfigured.class);
            }
            assertThat(vault().requests).noneMatch(request -> request.startsWith("POST"));
        }
    }

    @Test
    void everyMethod_tokenExpires_takesTheNextOneOnce() {
        AtomicInteger asked = new AtomicInteger();
        try (KeyProvider keys = VaultKeys.at(
                        vault().address(), () -> asked.getAndIncrement() == 0 ? "first token" : "second token")
                .namespace("team/data")
                .key(KeyPurpose.SUBJECT, "snagr-subject")
                .open()) {
            WrappedKey wrapped = wrap(keys, FIRST);
            assertThat(asked).hasValue(1);
            vault().token = "second token";
            keys.unwrap(wrapped, CONTEXT).close();
            assertThat(asked).hasValue(2);
            vault().token = "third token";
            assertThatThrownBy(() -> keys.unwrap(wrapped, CONTEXT))
                    .isInstanceOf(SnagrDataException.Misconfigured.class)
                    .hasMessageContaining("/v1/transit/decrypt/snagr-subject")
                    .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("token"));
            assertThat(asked).hasValue(3);
        }
    }

    @Test
    void disable_serviceFails_isNotRepeated() {
        try (KeyProvider keys = builder().open()) {
            assertThat(keys.current(KeyPurpose.SUBJECT).version()).isEqualTo(2);
            vault().failFrom("/config", Fault.OVERLOADED);
            assertThatThrownBy(() -> keys.disable(FIRST)).isInstanceOf(SnagrDataException.Failed.class);
            assertThat(vault().requests.stream().filter(request -> request.endsWith("/config")))
                    .hasSize(1);
        }
    }

    @Test
    void everyMethod_noSuchKeyOrPurpose_isConfiguration() {
        try (KeyProvider keys = builder().key(KeyPurpose.AUDIT, "absent").open()) {
            assertThatThrownBy(() -> keys.current(KeyPurpose.AUDIT))
                    .isInstanceOf(SnagrDataException.Misconfigured.class)
                    .hasMessageContaining("/v1/transit/keys/absent");
            assertThatThrownBy(() -> keys.current(KeyPurpose.CACHE))
                    .isInstanceOf(SnagrDataException.Misconfigured.class)
                    .hasMessageContaining("CACHE");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://vault.example.com:8200",
                "ftp://127.0.0.1",
                "https://user:canary@vault.example.com",
                "vault.example.com"
            })
    void open_addressThatIsNotFit_isRefused(String address) {
        VaultKeys settings = VaultKeys.at(URI.create(address), () -> "token").key(KeyPurpose.SUBJECT, "name");
        assertThatThrownBy(settings::open)
                .isInstanceOf(SnagrDataException.Misconfigured.class)
                .hasMessageNotContaining("canary");
    }

    private VaultKeys builder() {
        return VaultKeys.at(vault().address(), () -> "first token")
                .namespace("team/data")
                .key(KeyPurpose.SUBJECT, "snagr-subject")
                .key(KeyPurpose.LOCK, "snagr-lock");
    }

    private static WrappedKey wrap(KeyProvider keys, KeyRef kek) {
        try (SecretBytes secret = SecretBytes.copyOf(new byte[32])) {
            return keys.wrap(kek, secret, CONTEXT);
        }
    }

    private VaultStandIn vault() {
        return requireNonNull(vault, "open is called first");
    }
}

package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every holder of key encryption keys must do, near or far. It needs no database. */
public abstract class KeyProviderContract {
    private static final KeyContext CONTEXT = new KeyContext("deployment", "owner");
    private static final KeyRef FIRST = new KeyRef(KeyPurpose.SUBJECT, 1);
    private static final KeyRef SECOND = new KeyRef(KeyPurpose.SUBJECT, 2);
    private static final KeyRef THIRD = new KeyRef(KeyPurpose.SUBJECT, 3);
    private static final String SECRET = "canary-canary-canary-canary-0123";

    private KeyProvider keys;

    /** For subclasses. */
    protected KeyProviderContract() {}

    /**
     * A provider over keys that no other test changes: versions 1 and 2 for {@code SUBJECT} and for {@code LOCK}, all
     * enabled. It may disable and destroy them. The suite closes it.
     */
    protected abstract KeyProvider open() throws Exception;

    /** Opens what the test works on. */
    @BeforeEach
    void openKeys() throws Exception {
        keys = open();
    }

    @AfterEach
    void closeKeys() {
        keys.close();
    }

    @Test
    void current_severalVersions_isTheNewest() {
        assertThat(keys.current(KeyPurpose.SUBJECT)).isEqualTo(SECOND);
        assertThat(keys.current(KeyPurpose.LOCK)).isEqualTo(new KeyRef(KeyPurpose.LOCK, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 32, 4_096})
    void wrap_everyVersion_isReadBack(int length) {
        byte[] key = new byte[length];
        Arrays.fill(key, (byte) 7);
        for (KeyRef kek : List.of(FIRST, SECOND, new KeyRef(KeyPurpose.LOCK, 1))) {
            try (SecretBytes secret = SecretBytes.copyOf(key)) {
                WrappedKey wrapped = keys.wrap(kek, secret, CONTEXT);
                assertThat(wrapped.wrappedBy()).isEqualTo(kek);
                assertThat(secret.expose()).isEqualTo(key);
                try (SecretBytes unwrapped = keys.unwrap(wrapped, CONTEXT)) {
                    assertThat(unwrapped.expose()).isEqualTo(key);
                }
            }
        }
    }

    @Test
    void wrap_sameKeyTwice_looksDifferent() {
        assertThat(wrap(SECOND).bytes()).isNotEqualTo(wrap(SECOND).bytes());
    }

    @Test
    void wrap_unknownVersion_isConfiguration() {
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> wrap(THIRD));
    }

    @Test
    void unwrap_otherContext_isUnreadable() {
        WrappedKey wrapped = wrap(SECOND);
        for (KeyContext other : List.of(
                new KeyContext("deployment", "other"),
                new KeyContext("other", "owner"),
                new KeyContext("deploymento", "wner"),
                new KeyContext("deployment", ""))) {
            assertFailsWithoutSecrets(ErrorCode.UNREADABLE, () -> unwrap(wrapped, other));
        }
    }

    @Test
    void unwrap_otherPurposeOrVersion_isUnreadable() {
        byte[] wrapped = wrap(SECOND).bytes();
        for (KeyRef other : List.of(FIRST, THIRD, new KeyRef(KeyPurpose.LOCK, 2))) {
            assertFailsWithoutSecrets(ErrorCode.UNREADABLE, () -> unwrap(new WrappedKey(other, wrapped), CONTEXT));
        }
    }

    @Test
    void unwrap_alteredBytes_isUnreadable() {
        byte[] wrapped = wrap(SECOND).bytes();
        for (int at = 0; at < wrapped.length; at += 11) {
            byte[] altered = wrapped.clone();
            altered[at] ^= 1;
            assertUnreadable(altered);
        }
        assertUnreadable(Arrays.copyOf(wrapped, wrapped.length - 1));
        assertUnreadable(Arrays.copyOf(wrapped, wrapped.length + 1));
        assertUnreadable(new byte[0]);
        assertUnreadable("something else".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void rewrap_newerVersion_isTheSameKeyAndTheOldFormStillOpens() {
        WrappedKey wrapped = wrap(FIRST);

        WrappedKey rewrapped = keys.rewrap(wrapped, SECOND, CONTEXT);

        assertThat(rewrapped.wrappedBy()).isEqualTo(SECOND);
        assertThat(rewrapped.bytes()).isNotEqualTo(wrapped.bytes());
        assertThat(unwrap(rewrapped, CONTEXT)).isEqualTo(SECRET);
        assertThat(unwrap(wrapped, CONTEXT)).isEqualTo(SECRET);
        assertFailsWithoutSecrets(ErrorCode.UNREADABLE, () -> unwrap(rewrapped, new KeyContext("deployment", "other")));
        assertFailsWithoutSecrets(
                ErrorCode.UNREADABLE, () -> unwrap(new WrappedKey(FIRST, rewrapped.bytes()), CONTEXT));
    }

    @Test
    void rewrap_otherContextOrBytes_isUnreadable() {
        WrappedKey wrapped = wrap(FIRST);
        assertFailsWithoutSecrets(
                ErrorCode.UNREADABLE, () -> keys.rewrap(wrapped, SECOND, new KeyContext("deployment", "other")));
        assertFailsWithoutSecrets(
                ErrorCode.UNREADABLE, () -> keys.rewrap(new WrappedKey(SECOND, wrapped.bytes()), SECOND, CONTEXT));
    }

    @Test
    void rewrap_unknownVersionOrOtherPurpose_isRefused() {
        WrappedKey wrapped = wrap(FIRST);
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> keys.rewrap(wrapped, THIRD, CONTEXT));
        assertThatThrownBy(() -> keys.rewrap(wrapped, new KeyRef(KeyPurpose.LOCK, 2), CONTEXT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void disable_olderVersion_stopsItUntilItIsEnabled() {
        WrappedKey old = wrap(FIRST);
        WrappedKey recent = wrap(SECOND);
        assertThat(keys.state(FIRST)).isEqualTo(KeyState.ENABLED);

        keys.disable(FIRST);
        keys.disable(FIRST);

        assertThat(keys.state(FIRST)).isEqualTo(KeyState.DISABLED);
        assertThat(keys.state(SECOND)).isEqualTo(KeyState.ENABLED);
        assertFailsWithoutSecrets(ErrorCode.UNREADABLE, () -> unwrap(old, CONTEXT));
        assertFailsWithoutSecrets(ErrorCode.UNREADABLE, () -> keys.rewrap(old, SECOND, CONTEXT));
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> wrap(FIRST));
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> keys.rewrap(recent, FIRST, CONTEXT));
        assertThat(unwrap(recent, CONTEXT)).isEqualTo(SECRET);
        assertThat(unwrap(wrap(new KeyRef(KeyPurpose.LOCK, 1)), CONTEXT)).isEqualTo(SECRET);

        keys.enable(FIRST);
        keys.enable(FIRST);

        assertThat(keys.state(FIRST)).isEqualTo(KeyState.ENABLED);
        assertThat(unwrap(old, CONTEXT)).isEqualTo(SECRET);
        assertThat(unwrap(wrap(FIRST), CONTEXT)).isEqualTo(SECRET);
    }

    @Test
    void disable_newestVersion_isRefused() {
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> keys.disable(SECOND));
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> keys.destroy(SECOND, Instant.EPOCH));
        assertThat(unwrap(wrap(SECOND), CONTEXT)).isEqualTo(SECRET);
    }

    @Test
    void destroy_olderVersion_opensNothingFromThenOn() {
        WrappedKey old = wrap(FIRST);
        WrappedKey rewrapped = keys.rewrap(old, SECOND, CONTEXT);

        KeyState reached = keys.destroy(FIRST, Instant.EPOCH);

        assertThat(reached).isIn(KeyState.DESTROYED, KeyState.DESTRUCTION_SCHEDULED);
        assertThat(keys.state(FIRST)).isEqualTo(reached);
        assertFailsWithoutSecrets(ErrorCode.UNREADABLE, () -> unwrap(old, CONTEXT));
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> wrap(FIRST));
        assertThat(keys.destroy(FIRST, Instant.EPOCH)).isEqualTo(reached);
        assertThat(unwrap(rewrapped, CONTEXT)).isEqualTo(SECRET);
        assertThat(unwrap(wrap(new KeyRef(KeyPurpose.LOCK, 1)), CONTEXT)).isEqualTo(SECRET);
    }

    @Test
    void destroy_notYet_stopsTheVersionAndCanBeTakenBack() {
        WrappedKey old = wrap(FIRST);

        KeyState reached = keys.destroy(FIRST, Instant.now().plus(Duration.ofDays(20)));

        assertThat(reached).isIn(KeyState.DISABLED, KeyState.DESTRUCTION_SCHEDULED);
        assertThat(keys.state(FIRST)).isEqualTo(reached);
        assertFailsWithoutSecrets(ErrorCode.UNREADABLE, () -> unwrap(old, CONTEXT));
        keys.enable(FIRST);
        assertThat(unwrap(old, CONTEXT)).isEqualTo(SECRET);
    }

    @Test
    void lifecycle_unknownVersion_isConfiguration() {
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> keys.state(THIRD));
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> keys.disable(THIRD));
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> keys.enable(THIRD));
        assertFailsWithoutSecrets(ErrorCode.CONFIGURATION, () -> keys.destroy(THIRD, Instant.EPOCH));
    }

    @Test
    void everyMethod_manyThreadsAtOnce_confusesNothing() throws Exception {
        List<Boolean> right = Race.run(6, thread -> {
            boolean all = true;
            for (int i = 0; i < 10; i++) {
                String own = "key " + thread + " of thread " + i;
                KeyContext context = new KeyContext("deployment", "owner " + thread);
                try (SecretBytes secret = SecretBytes.copyOf(own.getBytes(StandardCharsets.UTF_8))) {
                    WrappedKey wrapped = keys.wrap(FIRST, secret, context);
                    all &= unwrap(wrapped, context).equals(own);
                    all &= unwrap(keys.rewrap(wrapped, SECOND, context), context)
                            .equals(own);
                }
            }
            return all;
        });
        assertThat(right).containsOnly(true);
    }

    @Test
    void close_thenUse_isRefused() {
        WrappedKey wrapped = wrap(SECOND);
        keys.close();
        keys.close();
        for (ThrowingCallable use : List.<ThrowingCallable>of(
                () -> keys.current(KeyPurpose.SUBJECT),
                () -> wrap(SECOND),
                () -> unwrap(wrapped, CONTEXT),
                () -> keys.rewrap(wrapped, SECOND, CONTEXT),
                () -> keys.state(FIRST),
                () -> keys.disable(FIRST),
                () -> keys.enable(FIRST),
                () -> keys.destroy(FIRST, Instant.EPOCH))) {
            assertThatThrownBy(use).isInstanceOf(IllegalStateException.class);
        }
    }

    private void assertUnreadable(byte[] wrapped) {
        assertFailsWithoutSecrets(ErrorCode.UNREADABLE, () -> unwrap(new WrappedKey(SECOND, wrapped), CONTEXT));
    }

    private void assertFailsWithoutSecrets(ErrorCode code, ThrowingCallable call) {
        assertFails(code, call);
        assertThatThrownBy(call).isInstanceOfSatisfying(SnagrDataException.class, failure -> {
            if (code == ErrorCode.UNREADABLE) {
                assertThat(failure).hasNoCause();
            }
            assertThat(failure.retryable()).isFalse();
            assertNoSecret(printed(failure));
        });
        assertNoSecret(keys.toString());
    }

    static void assertNoSecret(String text) {
        byte[] secret = SECRET.getBytes(StandardCharsets.UTF_8);
        assertThat(text)
                .doesNotContain("canary")
                .doesNotContain(HexFormat.of().formatHex(secret))
                .doesNotContain(Base64.getEncoder().encodeToString(secret).substring(0, 16));
    }

    static String printed(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private WrappedKey wrap(KeyRef kek) {
        try (SecretBytes secret = SecretBytes.copyOf(SECRET.getBytes(StandardCharsets.UTF_8))) {
            return keys.wrap(kek, secret, CONTEXT);
        }
    }

    private String unwrap(WrappedKey wrapped, KeyContext context) {
        try (SecretBytes secret = keys.unwrap(wrapped, context)) {
            return new String(secret.expose(), StandardCharsets.UTF_8);
        }
    }
}

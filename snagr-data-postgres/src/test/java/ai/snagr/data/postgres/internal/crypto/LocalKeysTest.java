package ai.snagr.data.postgres.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LocalKeysTest {
    private static final KeyContext CONTEXT = new KeyContext("deployment", "owner");
    private static final KeyRef FIRST = new KeyRef(KeyPurpose.SUBJECT, 1);
    private static final KeyRef SECOND = new KeyRef(KeyPurpose.SUBJECT, 2);

    @Test
    void wrap_everyVersion_isReadBack() {
        try (LocalKeys keys = keys(1, 2)) {
            assertThat(keys.current(KeyPurpose.SUBJECT)).isEqualTo(SECOND);
            for (KeyRef kek : new KeyRef[] {FIRST, SECOND}) {
                WrappedKey wrapped = keys.wrap(kek, SecretBytes.copyOf(secret()), CONTEXT);
                assertThat(wrapped.wrappedBy()).isEqualTo(kek);
                assertThat(wrapped.bytes()).hasSize(160).startsWith(0xFE, 1);
                assertThat(unwrapped(keys, wrapped, CONTEXT)).isEqualTo(secret());
            }
        }
    }

    @Test
    void wrap_record_isTheFormatOfTheDocument() {
        byte[] root = root(3);
        try (LocalKeys keys = keys(3)) {
            byte[] wrapped = keys.wrap(new KeyRef(KeyPurpose.SUBJECT, 3), SecretBytes.copyOf(secret()), CONTEXT)
                    .bytes();
            byte[] key = BouncyCastleRecord.hkdf(root, new byte[32], ascii("wrapSUBJECT"), 32);
            byte[] context = BouncyCastleRecord.context(
                    ascii("deployment"), ascii("subject_keys"), ascii("wrapped"), new byte[0], ascii("owner"));
            assertThat(BouncyCastleRecord.open(key, context, wrapped)).hasValue(secret());
        }
    }

    @Test
    void unwrap_otherContextOrVersion_isUnreadable() {
        try (LocalKeys keys = keys(1, 2)) {
            WrappedKey wrapped = keys.wrap(FIRST, SecretBytes.copyOf(secret()), CONTEXT);
            assertUnreadable(keys, wrapped, new KeyContext("deployment", "other"));
            assertUnreadable(keys, wrapped, new KeyContext("other", "owner"));
            assertUnreadable(keys, wrapped, new KeyContext("deploymento", "wner"));
            assertUnreadable(keys, new WrappedKey(SECOND, wrapped.bytes()), CONTEXT);
            assertUnreadable(keys, new WrappedKey(new KeyRef(KeyPurpose.SUBJECT, 3), wrapped.bytes()), CONTEXT);
        }
    }

    @Test
    void unwrap_wrappedForAnotherPurpose_isUnreadable() {
        try (LocalKeys keys = keys(1)) {
            assertThat(KeyPurpose.values()).hasSizeGreaterThan(1);
            for (KeyPurpose purpose : KeyPurpose.values()) {
                WrappedKey wrapped = keys.wrap(keys.current(purpose), SecretBytes.copyOf(secret()), CONTEXT);
                assertThat(unwrapped(keys, wrapped, CONTEXT)).isEqualTo(secret());
                for (KeyPurpose other : KeyPurpose.values()) {
                    if (other != purpose) {
                        assertUnreadable(keys, new WrappedKey(new KeyRef(other, 1), wrapped.bytes()), CONTEXT);
                    }
                }
            }
        }
    }

    @Test
    void wrap_unknownVersion_isConfiguration() {
        try (LocalKeys keys = keys(1);
                SecretBytes secret = SecretBytes.copyOf(secret())) {
            assertThatThrownBy(() -> keys.wrap(SECOND, secret, CONTEXT))
                    .isInstanceOfSatisfying(
                            SnagrDataException.Misconfigured.class,
                            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CONFIGURATION))
                    .hasMessageContaining("version=2");
        }
    }

    @Test
    void constructor_rootKeys_areOverwritten() {
        TreeMap<Integer, byte[]> versions = new TreeMap<>(Map.of(1, root(1), 2, root(2)));
        try (LocalKeys keys = LocalKeys.ofRoots(versions)) {
            assertThat(versions.values()).allMatch(root -> Arrays.equals(root, new byte[32]));
            assertThat(keys).hasToString("LocalKeys[newest={SUBJECT=2, LOCK=2, INDEX=2, CACHE=2, AUDIT=2}]");
        }
    }

    @Test
    void close_thenUse_isRefused() {
        LocalKeys keys = keys(1);
        WrappedKey wrapped = keys.wrap(FIRST, SecretBytes.copyOf(secret()), CONTEXT);
        keys.close();
        keys.close();
        assertThatThrownBy(() -> keys.unwrap(wrapped, CONTEXT)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> keys.wrap(FIRST, SecretBytes.copyOf(secret()), CONTEXT))
                .isInstanceOf(IllegalStateException.class);
    }

    private static void assertUnreadable(LocalKeys keys, WrappedKey wrapped, KeyContext context) {
        assertThatThrownBy(() -> keys.unwrap(wrapped, context))
                .isInstanceOf(SnagrDataException.Unreadable.class)
                .hasNoCause();
    }

    private static byte[] unwrapped(LocalKeys keys, WrappedKey wrapped, KeyContext context) {
        try (SecretBytes secret = keys.unwrap(wrapped, context)) {
            return secret.expose();
        }
    }

    private static LocalKeys keys(int... versions) {
        TreeMap<Integer, byte[]> roots = new TreeMap<>();
        for (int version : versions) {
            roots.put(version, root(version));
        }
        return LocalKeys.ofRoots(roots);
    }

    private static byte[] root(int version) {
        byte[] root = new byte[32];
        Arrays.fill(root, (byte) version);
        return root;
    }

    private static byte[] secret() {
        return ascii("0123456789abcdef0123456789abcdef");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

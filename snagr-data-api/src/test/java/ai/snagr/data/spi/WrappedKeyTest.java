package ai.snagr.data.spi;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import org.junit.jupiter.api.Test;

class WrappedKeyTest {
    private static final KeyRef FIRST = new KeyRef(KeyPurpose.SUBJECT, 1);

    @Test
    void bytes_areCopiedInAndOut() {
        byte[] bytes = {1, 2, 3};
        WrappedKey key = new WrappedKey(FIRST, bytes);

        bytes[0] = 9;
        key.bytes()[1] = 9;

        assertThat(key.bytes()).containsExactly(1, 2, 3);
    }

    @Test
    void equals_keyAndBytes_decide() {
        WrappedKey key = new WrappedKey(FIRST, new byte[] {1});

        assertThat(key)
                .isEqualTo(new WrappedKey(FIRST, new byte[] {1}))
                .hasSameHashCodeAs(new WrappedKey(FIRST, new byte[] {1}));
        assertThat(key).isNotEqualTo(new WrappedKey(FIRST, new byte[] {2}));
        assertThat(key).isNotEqualTo(new WrappedKey(new KeyRef(KeyPurpose.SUBJECT, 2), new byte[] {1}));
    }

    @Test
    void toString_printsNoBytes() {
        assertThat(new WrappedKey(FIRST, new byte[] {77})).hasToString("WrappedKey[wrappedBy=" + FIRST + ", 1 bytes]");
    }

    @Test
    void keyRef_versionBelowOne_isRefused() {
        Refusal.of(() -> new KeyRef(KeyPurpose.SUBJECT, 0)).ofType(KeyRef.class).naming("version");
    }
}

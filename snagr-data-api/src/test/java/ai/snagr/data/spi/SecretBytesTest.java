package ai.snagr.data.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class SecretBytesTest {
    @Test
    void expose_isACopy() {
        SecretBytes secret = SecretBytes.copyOf(new byte[] {1, 2, 3});

        secret.expose()[0] = 9;

        assertThat(secret.expose()).containsExactly(1, 2, 3);
    }

    @Test
    void copyOf_changedAfterwards_isNotShared() {
        byte[] bytes = {1, 2, 3};
        SecretBytes secret = SecretBytes.copyOf(bytes);

        bytes[0] = 9;

        assertThat(secret.expose()).containsExactly(1, 2, 3);
    }

    @Test
    void close_overwritesWhatItOwns() {
        byte[] bytes = {1, 2, 3};
        SecretBytes secret = SecretBytes.owning(bytes);

        secret.close();
        secret.close();

        assertThat(bytes).containsExactly(0, 0, 0);
        assertThatIllegalStateException().isThrownBy(secret::expose);
    }

    @Test
    void toString_printsTheLengthAlone() {
        assertThat(SecretBytes.copyOf(new byte[] {77, 78})).hasToString("SecretBytes[2 bytes]");
    }
}

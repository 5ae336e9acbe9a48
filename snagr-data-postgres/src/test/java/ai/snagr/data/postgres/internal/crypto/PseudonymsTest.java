package ai.snagr.data.postgres.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PseudonymsTest {
    private static final UUID HERE = new UUID(1, 1);
    private static final UserId ALICE = new UserId(new UUID(2, 2));
    private static final UserId BOB = new UserId(new UUID(3, 3));

    @Test
    void apply_sameUser_isTheSameForAllWhoHoldTheKey() {
        try (KeyProvider keys = Keys.ephemeral()) {
            WrappedKey wrapped = Pseudonyms.newKey(keys, HERE);
            try (Pseudonyms one = new Pseudonyms(keys, HERE, wrapped);
                    Pseudonyms other = new Pseudonyms(keys, HERE, wrapped)) {
                assertThat(one.apply(ALICE))
                        .hasSize(32)
                        .isEqualTo(other.apply(ALICE))
                        .isNotEqualTo(one.apply(BOB));
            }
        }
    }

    @Test
    void apply_keyOfAnotherInstallation_isUnreadable() {
        try (KeyProvider keys = Keys.ephemeral();
                Pseudonyms elsewhere = new Pseudonyms(keys, new UUID(9, 9), Pseudonyms.newKey(keys, HERE))) {
            assertThatThrownBy(() -> elsewhere.apply(ALICE))
                    .isInstanceOfSatisfying(
                            SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREADABLE));
        }
    }

    @Test
    void apply_afterClose_isRefused() {
        try (KeyProvider keys = Keys.ephemeral()) {
            Pseudonyms closed = new Pseudonyms(keys, HERE, Pseudonyms.newKey(keys, HERE));
            closed.close();
            assertThatThrownBy(() -> closed.apply(ALICE)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void opens_otherKeys_isFalse() {
        try (KeyProvider keys = Keys.ephemeral();
                KeyProvider others = Keys.ephemeral()) {
            WrappedKey wrapped = Pseudonyms.newKey(keys, HERE);
            assertThat(Pseudonyms.opens(keys, HERE, wrapped)).isTrue();
            assertThat(Pseudonyms.opens(others, HERE, wrapped)).isFalse();
        }
    }
}

package ai.snagr.data.user;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
                "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
                "{bcrypt}$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"
            })
    void new_encodedHash_isKept(String hash) {
        assertThat(new PasswordHash(hash).value()).isEqualTo(hash);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "canary7f-correct-horse-battery-staple",
                "$canary7f with spaces and more",
                "$canary7f-zwölf-boxkämpfer-und",
                "$canary7f\u0000aaaaaaaaaaaaaaaaaaaa"
            })
    void new_notAHash_isRefusedWithoutBeingRepeated(String password) {
        Refusal.of(() -> new PasswordHash(password))
                .ofType(PasswordHash.class)
                .naming("value")
                .hiding("canary7f");
    }

    @Test
    void new_shortPassword_namesEveryProblem() {
        Refusal.of(() -> new PasswordHash("canary 7f"))
                .naming("value.length", "value")
                .hiding("canary");
    }

    @Test
    void new_boundariesOfLength() {
        assertThat(new PasswordHash("$" + Texts.ofLength(19)).value()).hasSize(20);
        assertThat(new PasswordHash("$" + Texts.ofLength(499)).value()).hasSize(500);
        Refusal.of(() -> new PasswordHash("$" + Texts.ofLength(18))).naming("value.length");
        Refusal.of(() -> new PasswordHash("$" + Texts.ofLength(500))).naming("value.length");
    }
}

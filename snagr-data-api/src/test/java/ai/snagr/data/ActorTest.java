package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.user.UserId;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActorTest {
    private static final AdminProof PROOF = new AdminProof("code 123456");
    private static final UserId USER = new UserId(new UUID(1, 2));

    @Test
    void user_meansItself() {
        assertThat(Actor.user(USER).userId()).contains(USER);
    }

    @ParameterizedTest
    @EnumSource
    void service_meansNobodyUntilNarrowed(ServiceRole role) {
        assertThat(Actor.service(role).userId()).isEmpty();
        assertThat(Actor.service(role).onBehalfOf(USER).userId()).contains(USER);
        assertThat(Actor.service(role).onBehalfOf(USER).role()).isEqualTo(role);
    }

    @Test
    void admin_meansNobody() {
        assertThat(Actor.admin("operator", "ticket 7", PROOF).userId()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n"})
    void admin_blankReason_isRefused(String reason) {
        Refusal.of(() -> Actor.admin("Canary7f", reason, PROOF))
                .naming("reason")
                .hiding("Canary7f");
    }

    @Test
    void admin_allWrong_namesAll() {
        Refusal.of(() -> Actor.admin(" ", " ", PROOF))
                .ofType(Actor.AdminActor.class)
                .naming("id", "reason");
    }

    @Test
    void proof_isNeitherBlankNorTooLongNorPrinted() {
        Refusal.of(() -> new AdminProof(" ")).naming("value");
        Refusal.of(() -> new AdminProof(Texts.ofLength(8_001))).naming("value");
        assertThat(new AdminProof(Texts.ofLength(8_000)).value()).hasSize(8_000);
        assertThat(Actor.admin("operator", "ticket 7", PROOF).toString()).doesNotContain("123456");
    }

    @Test
    void admin_boundariesOfLength() {
        assertThat(Actor.admin(Texts.ofLength(200), Texts.ofLength(500), PROOF).reason())
                .hasSize(500);
        Refusal.of(() -> Actor.admin(Texts.ofLength(201), "ticket 7", PROOF)).naming("id");
        Refusal.of(() -> Actor.admin("operator", Texts.ofLength(501), PROOF)).naming("reason");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void admin_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> Actor.admin(Texts.CANARY + forbidden, Texts.CANARY + forbidden, PROOF))
                .naming("id", "reason")
                .hiding(Texts.CANARY);
    }
}

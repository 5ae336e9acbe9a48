package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Actor;
import ai.snagr.data.AdminProof;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdmissionsTest {
    private static final Duration VALIDITY = Duration.ofMinutes(15);
    private static final Actor.AdminActor ADMIN = Actor.admin("jo", "ticket 7", new AdminProof("Canary7f"));

    @Test
    void admit_proofVerifiedNow_countsForTheValidity() {
        Instant before = Instant.now();

        ActorContext context = admit(Optional.of(Instant.now()));

        assertThat(context.expired()).isFalse();
        assertThat(context.expiry().orElseThrow())
                .isBetween(before.plus(VALIDITY).minusSeconds(1), Instant.now().plus(VALIDITY));
    }

    @Test
    void admit_proofVerifiedEarlier_countsForTheRest() {
        Instant verified = Instant.now().minus(Duration.ofMinutes(10));

        assertThat(admit(Optional.of(verified)).expiry().orElseThrow())
                .isBetween(verified.plus(VALIDITY).minusSeconds(1), verified.plus(VALIDITY));
    }

    @Test
    void admit_proofFromTheFuture_countsFromNow() {
        assertThat(admit(Optional.of(Instant.MAX)).expiry().orElseThrow())
                .isBeforeOrEqualTo(Instant.now().plus(VALIDITY));
    }

    @Test
    void admit_proofTooOld_isRefused() {
        assertRefused(Optional.of(Instant.now().minus(VALIDITY)));
        assertRefused(Optional.of(Instant.MIN));
    }

    @Test
    void admit_proofThatTheGateRefuses_isRefused() {
        assertRefused(Optional.empty());
    }

    @Test
    void admit_gateThatFails_opensNothing() {
        IllegalStateException failure = new IllegalStateException("no answer");
        Admissions admissions = new Admissions(
                admin -> {
                    throw failure;
                },
                VALIDITY);

        assertThatThrownBy(() -> admissions.admit(ADMIN)).isSameAs(failure);
    }

    @Test
    void context_ofAnAdminWhoWasNotAdmitted_isExpired() {
        assertThat(ActorContext.of((Actor) ADMIN).expired()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 999, 3_600_001})
    void validity_outOfBounds_isRefused(long millis) {
        assertThatThrownBy(
                        () -> PostgresSnagrData.builder().admins(admin -> Optional.empty(), Duration.ofMillis(millis)))
                .isInstanceOf(SnagrDataException.InvalidInput.class)
                .hasMessageContaining("1 second")
                .hasMessageContaining("1 hour");
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000, 3_600_000})
    void validity_atTheBounds_isTaken(long millis) {
        assertThat(PostgresSnagrData.builder().admins(admin -> Optional.empty(), Duration.ofMillis(millis)))
                .isNotNull();
    }

    private static ActorContext admit(Optional<Instant> verified) {
        return new Admissions(admin -> verified, VALIDITY).admit(ADMIN);
    }

    private static void assertRefused(Optional<Instant> verified) {
        assertThatThrownBy(() -> admit(verified))
                .isInstanceOfSatisfying(
                        SnagrDataException.Denied.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.PROOF_REQUIRED))
                .hasMessageContaining("verify himself again")
                .hasMessageNotContaining("Canary7f");
    }
}

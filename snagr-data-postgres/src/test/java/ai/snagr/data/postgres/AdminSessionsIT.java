package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Actor;
import ai.snagr.data.AdminProof;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.postgres.internal.schema.OwnServer;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who is let in as an admin. What his expired proof does to each call is shown by {@code FailClosedIT}. */
@SnagrDataTest
final class AdminSessionsIT {
    private static final AdminProof RIGHT = new AdminProof("right-Canary7f");
    private static final AdminProof WRONG = new AdminProof("wrong-Canary7f");

    @Test
    void as_adminWithoutAGate_isRefused(TestDatabase database, KeyProvider keys) {
        try (SnagrData data = builder(database, keys).build()) {
            assertRefused(data, RIGHT, ErrorCode.CONFIGURATION);
        }
    }

    @Test
    void as_adminWithAGate_isAdmittedByHisProofAlone(TestDatabase database, KeyProvider keys) {
        try (SnagrData data = builder(database, keys)
                .admins(admin -> admin.proof().equals(RIGHT) ? Optional.of(Instant.now()) : Optional.empty())
                .build()) {
            assertThat(data.as(Actor.admin("jo", "ticket 7", RIGHT)).settings().list())
                    .isNotNull();
            assertRefused(data, WRONG, ErrorCode.PROOF_REQUIRED);
            assertThat(data.as(Actor.service(ServiceRole.AUDITOR))
                            .audit()
                            .listByActor("jo", Page.first(10))
                            .items())
                    .filteredOn(event -> event.action() == AuditAction.ACCESS)
                    .singleElement()
                    .satisfies(event -> assertThat(event.toString())
                            .contains("REFUSED", "session", "ticket 7")
                            .doesNotContain("Canary7f"));
        }
    }

    @Test
    void refusals_whereUsersAreAuthenticated_areOnRecordAsWell(KeyProvider keys) throws SQLException {
        try (OwnServer server = OwnServer.start()) {
            StoreAddress address = server.superuser(server.databaseOf("somebody", "nosuperuser"));
            try (Sql admin = Sql.open(address)) {
                admin.run("create role authenticated nologin noinherit");
            }
            try (SnagrData data = PostgresSnagrData.builder()
                    .primary(address.jdbcUrl(), address.user(), address.password())
                    .allowPlaintext("a server of tests")
                    .keys(keys)
                    .usersAsAuthenticated()
                    .admins(admin -> Optional.of(admin.proof().equals(RIGHT) ? Instant.now() : Instant.EPOCH))
                    .build()) {
                assertRefused(data, WRONG, ErrorCode.PROOF_REQUIRED);
                Session admitted = data.as(Actor.admin("jo", "ticket 7", RIGHT));
                assertThatThrownBy(() -> admitted.audit().list(Page.first(1)))
                        .isInstanceOf(SnagrDataException.class)
                        .hasNoSuppressedExceptions();

                assertThat(data.as(Actor.service(ServiceRole.AUDITOR))
                                .audit()
                                .listByActor("jo", Page.first(10))
                                .items())
                        .extracting(event -> event.role() + " " + event.action() + " " + event.outcome())
                        .containsExactly("authenticated ADMIN_STATEMENT REFUSED", "authenticated ACCESS REFUSED");
            }
        }
    }

    private static PostgresSnagrData.Builder builder(TestDatabase database, KeyProvider keys) {
        return PostgresSnagrData.builder()
                .primary(database.jdbcUrl(), database.user(), database.password())
                .keys(keys);
    }

    private static void assertRefused(SnagrData data, AdminProof proof, ErrorCode code) {
        assertThatThrownBy(() -> data.as(Actor.admin("jo", "ticket 7", proof)))
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageNotContaining("Canary7f");
    }
}

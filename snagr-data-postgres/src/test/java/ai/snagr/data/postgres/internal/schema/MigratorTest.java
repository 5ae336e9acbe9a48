package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.StoreAddress;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

/** What the migrator refuses before it connects, and which failures it tries again. */
final class MigratorTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db.example:6543/postgres",
                "jdbc:postgresql://db.example:5432,db.example:6543/postgres"
            })
    void requireDirect_transactionPoolersPort_isRefused(String url) {
        assertThatThrownBy(() -> Migrator.requireDirect(new StoreAddress(url, "x", "secret")))
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION))
                .hasMessageContaining("6543")
                .hasMessageContaining("migrator(…)")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:mysql://db.example/x", "postgresql://db.example/x", ""})
    void requireDirect_notAnUrlOfPostgres_isRefused(String url) {
        assertThatThrownBy(() -> Migrator.requireDirect(new StoreAddress(url, "x", "y")))
                .isInstanceOf(SnagrDataException.class)
                .hasMessageContaining("jdbc:postgresql://");
    }

    @Test
    void isTransient_locksAndRacesForRoles_areTriedAgain() {
        assertThat(SetupErrors.isTransient(new SQLException("x", "55P03"))).isTrue();
        assertThat(SetupErrors.isTransient(new IllegalStateException(new SQLException("x", "40P01"))))
                .isTrue();
        assertThat(SetupErrors.isTransient(server("C23505\0Mduplicate key\0tpg_authid\0")))
                .isTrue();
        assertThat(SetupErrors.isTransient(server("CXX000\0Mtuple concurrently updated\0")))
                .isTrue();
    }

    @Test
    void isTransient_everythingElse_isNot() {
        assertThat(SetupErrors.isTransient(server("C23505\0Mduplicate key\0tusers\0")))
                .isFalse();
        assertThat(SetupErrors.isTransient(server("CXX000\0Mcache lookup failed\0")))
                .isFalse();
        assertThat(SetupErrors.isTransient(new SQLException("x", "42501"))).isFalse();
        assertThat(SetupErrors.isTransient(new SQLException("x", "08006"))).isFalse();
        assertThat(SetupErrors.isTransient(new IllegalStateException())).isFalse();
    }

    @Test
    void of_lostServer_isRetryableAndOthersAreNot() {
        assertThat(SetupErrors.of("X", new PSQLException("gone", PSQLState.CONNECTION_FAILURE))
                        .retryable())
                .isTrue();
        assertThat(SetupErrors.of("X", new SQLException("denied", "42501")))
                .hasMessageContaining("42501")
                .hasMessageContaining("denied")
                .extracting(SnagrDataException::retryable)
                .isEqualTo(false);
    }

    private static PSQLException server(String fields) {
        return new PSQLException(new ServerErrorMessage("SERROR\0" + fields));
    }
}

package ai.snagr.data.postgres.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jdbi.v3.core.ConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class SqlErrorsTest {
    @ParameterizedTest
    @CsvSource({
        "42501, ACCESS_DENIED, false",
        "23505, ALREADY_EXISTS, false",
        "23503, NOT_FOUND, false",
        "23001, WRONG_STATE, false",
        "23514, INVALID_INPUT, false",
        "22001, INVALID_INPUT, false",
        "22003, INVALID_INPUT, false",
        "22021, INVALID_INPUT, false",
        "22P02, INTERNAL, false",
        "23502, INTERNAL, false",
        "57014, TIMEOUT, true",
        "55P03, TIMEOUT, true",
        "40001, CONCURRENT_UPDATE, true",
        "40P01, CONCURRENT_UPDATE, true",
        "25P02, INTERNAL, false",
        "25006, UNAVAILABLE, true",
        "08001, UNAVAILABLE, true",
        "08006, UNAVAILABLE, true",
        "57P01, UNAVAILABLE, true",
        "57P03, UNAVAILABLE, true",
        "53300, UNAVAILABLE, true",
        "28P01, CONFIGURATION, false",
        "3D000, CONFIGURATION, false",
        "42P01, INTERNAL, false",
        "XX000, INTERNAL, false",
    })
    void of_sqlState_hasItsCode(String state, ErrorCode code, boolean retryable) {
        SnagrDataException e = SqlErrors.of(
                "test.op",
                new PSQLException(new ServerErrorMessage("C" + state + "\0Mcanary\0Dcanary\0Hcanary\0nof_schema\0")));

        assertThat(e.code()).isEqualTo(code);
        assertThat(e.retryable()).isEqualTo(retryable);
        assertThat(e)
                .hasMessageContaining("test.op")
                .hasMessageContaining("SQLSTATE " + state + ", constraint of_schema");
        assertThat(e.getMessage()).doesNotContain("canary");
    }

    @Test
    void of_valueThatTheDriverCannotRead_isInternal() {
        assertThat(SqlErrors.of("test.op", new SQLException("canary", "22003")).code())
                .isEqualTo(ErrorCode.INTERNAL);
    }

    @Test
    void of_withoutState_isInternalButForAConnection() {
        assertThat(SqlErrors.of("test.op", new SQLException("canary")).code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(SqlErrors.of("test.op", new SQLTransientConnectionException("canary"))
                        .code())
                .isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void of_failure_keepsTheStackTraceAndNothingElseOfIt() {
        SQLException original = new SQLException("canary", "57014", new RuntimeException("canary"));

        Throwable cause = SqlErrors.of("test.op", original).getCause();

        assertThat(cause).isInstanceOf(SQLException.class).hasNoCause().hasMessage("SQLSTATE 57014");
        assertThat(cause.getStackTrace()).isEqualTo(original.getStackTrace());
        assertThat(((SQLException) cause).getSQLState()).isEqualTo("57014");
    }

    @Test
    void translate_wrappedError_findsItAndPassesOursOn() {
        SnagrDataException ours = new SnagrDataException.NotFound("ours");

        assertThat(SqlErrors.translate("test.op", ours)).isSameAs(ours);
        assertThat(SqlErrors.translate("test.op", new RuntimeException("outer", ours)))
                .isSameAs(ours);
        assertThat(SqlErrors.translate("test.op", new ConnectionException(new SQLException("x", "08001"))))
                .isInstanceOf(SnagrDataException.Failed.class);
    }
}

package ai.snagr.data.postgres.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.StoreAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.ssl.DefaultJavaSSLFactory;
import org.postgresql.ssl.LibPQFactory;

final class TransportTest {
    private static final String PASSWORD = "correct-horse";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db.example/snagr",
                "jdbc:postgresql://db.example:6432,localhost/snagr",
                "jdbc:postgresql://localhost,10.0.0.7/snagr",
                "jdbc:postgresql://[2001:db8::1]:5432/snagr",
                "jdbc:postgresql://localhost/snagr?host=db.example",
                "jdbc:postgresql://localhost/snagr?PGHOST=db.example",
                "jdbc:postgresql://db.example/snagr?SSLMODE=disable",
                "jdbc:postgresql://db.example/snagr?ssl=true",
                "jdbc:postgresql://db.example/snagr?ssl=false",
                "jdbc:postgresql://db.example/snagr?sslmode=verify-full",
                "jdbc:postgresql://127.0.0.1.db.example/snagr",
                "jdbc:postgresql://127.1/snagr",
                "jdbc:postgresql://127.0.0.256/snagr",
                "jdbc:postgresql://localhost.db.example/snagr",
                "jdbc:postgresql://localhost./snagr"
            })
    void dataSource_toAnotherMachine_isVerifiedAgainstTheTrustStoreOfTheJvm(String url) {
        PGSimpleDataSource source = Transport.dataSource(address(url));

        assertThat(source.getSslMode()).isEqualTo("verify-full");
        assertThat(source.getSslfactory()).isEqualTo(DefaultJavaSSLFactory.class.getName());
        assertThat(source.getGssEncMode()).isEqualTo("disable");
    }

    @Test
    void dataSource_withAnAuthorityOfItsOwn_isVerifiedAgainstThatOne() {
        PGSimpleDataSource source =
                Transport.dataSource(address("jdbc:postgresql://db.example/snagr?sslrootcert=/etc/snagr/ca.pem"));

        assertThat(source.getSslMode()).isEqualTo("verify-full");
        assertThat(source.getSslfactory()).isEqualTo(LibPQFactory.class.getName());
        assertThat(source.getSslRootCert()).isEqualTo("/etc/snagr/ca.pem");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://localhost/snagr",
                "jdbc:postgresql:snagr",
                "jdbc:postgresql:///snagr",
                "jdbc:postgresql://LOCALHOST:5433,127.0.0.1,127.8.9.254,[::1]:5432,[0:0:0:0:0:0:0:1]/snagr"
            })
    void dataSource_toThisMachine_isAsTheUrlSays(String url) {
        assertThat(Transport.dataSource(address(url)).getSslMode()).isNull();
        assertThat(Transport.dataSource(address(url + "?sslmode=require")).getSslMode())
                .isEqualTo("require");
    }

    @ParameterizedTest
    @ValueSource(strings = {"disable", "allow", "prefer", "require", "verify-ca", "DISABLE", "nonsense"})
    void dataSource_ofAWeakerMode_isRefusedWithTheRemedy(String mode) {
        StoreAddress address = address("jdbc:postgresql://db.example/snagr?sslmode=" + mode + "&password=" + PASSWORD);

        assertThat(refusal(address))
                .hasMessageContaining("db.example")
                .hasMessageContaining("allowPlaintext(reason)")
                .hasMessageContaining("sslrootcert");
    }

    @ParameterizedTest
    @ValueSource(strings = {"disable", "require", "verify-ca"})
    void dataSource_ofAWeakerModeThatIsAllowed_isAsTheUrlSays(String mode) {
        StoreAddress allowed =
                address("jdbc:postgresql://db.example/snagr?sslmode=" + mode).allowPlaintext("a private network");

        assertThat(Transport.dataSource(allowed).getSslMode()).isEqualTo(mode);
        assertThat(Transport.unverified(allowed)).contains("db.example sslmode=" + mode);
    }

    @ParameterizedTest
    @ValueSource(strings = {"allow", "prefer", "nonsense"})
    void dataSource_ofAModeThatFallsBack_isRefusedThoughPlaintextIsAllowed(String mode) {
        StoreAddress allowed =
                address("jdbc:postgresql://db.example/snagr?sslmode=" + mode).allowPlaintext("a private network");

        assertThat(refusal(allowed)).hasMessageContaining("disable, require and verify-ca");
    }

    @Test
    void dataSource_withoutAMode_isVerifiedThoughPlaintextIsAllowed() {
        StoreAddress allowed = address("jdbc:postgresql://db.example/snagr").allowPlaintext("a private network");

        assertThat(Transport.dataSource(allowed).getSslMode()).isEqualTo("verify-full");
        assertThat(Transport.unverified(allowed)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sslfactory=org.postgresql.ssl.NonValidatingFactory",
                "sslfactory=org.example.Trusting",
                "sslhostnameverifier=org.example.AnyName",
                "sslfactoryarg=file:cert.pem",
                "sslmode=verify-full&sslfactory=org.postgresql.ssl.NonValidatingFactory&sslrootcert=ca.pem"
            })
    void dataSource_thatWouldReplaceTheCheck_isRefused(String property) {
        String url = "jdbc:postgresql://db.example/snagr?" + property;

        assertThat(refusal(address(url))).hasMessageContaining("sslrootcert");
        assertThat(refusal(address(url).allowPlaintext("a private network"))).hasMessageContaining("sslrootcert");
    }

    @Test
    void dataSource_withAClientKeyThatWouldNotBeUsed_isRefused() {
        String url = "jdbc:postgresql://db.example/snagr?sslcert=me.crt&sslkey=me.pk8&sslpassword=" + PASSWORD;

        assertThat(refusal(address(url))).hasMessageContaining("sslrootcert");
        assertThat(Transport.dataSource(address(url + "&sslrootcert=ca.pem")).getSslCert())
                .isEqualTo("me.crt");
    }

    @Test
    void dataSource_ofAnotherKindOfUrl_isRefusedWithoutRepeatingIt() {
        assertThat(refusal(address("jdbc:mysql://db.example/snagr?password=" + PASSWORD)))
                .hasMessageContaining("jdbc:postgresql://host:port/database");
    }

    private static StoreAddress address(String url) {
        return new StoreAddress(url, "snagr", PASSWORD);
    }

    private static Throwable refusal(StoreAddress address) {
        Throwable refusal = catchThrowable(() -> Transport.dataSource(address));
        assertThat(refusal)
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION))
                .hasNoCause();
        assertThat(refusal.getMessage()).doesNotContain(PASSWORD).doesNotContain("nonsense");
        return refusal;
    }
}

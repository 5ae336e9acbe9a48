package ai.snagr.data.testkit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @Test
    void postgres_withSecretsAndParameters_keepsTheParametersOnly() {
        String url = "jdbc:postgresql://db.example.org:5433/app?user=me&password=s%26cret&sslmode=require";
        PostgresAddress address = PostgresAddress.parse(url);

        assertThat(address.jdbcUrl("other")).isEqualTo("jdbc:postgresql://db.example.org:5433/other?sslmode=require");
        assertThat(address.database()).isEqualTo("app");
        assertThat(address).hasToString("jdbc:postgresql://db.example.org:5433");
        assertThat(PostgresAddress.parameter(url, "user")).contains("me");
        assertThat(PostgresAddress.parameter(url, "password")).contains("s&cret");
    }

    @Test
    void postgres_withoutDatabase_isPostgres() {
        assertThat(PostgresAddress.parse("jdbc:postgresql://localhost").jdbcUrl())
                .isEqualTo("jdbc:postgresql://localhost/postgres");
        assertThat(PostgresAddress.parse("jdbc:postgresql://[::1]:5432/").jdbcUrl())
                .isEqualTo("jdbc:postgresql://[::1]:5432/postgres");
    }

    @Test
    void postgres_onAnotherMachine_saysWhetherItIsEncrypted() {
        assertThat(encryption("jdbc:postgresql://db.example.org/app"))
                .isEqualTo("jdbc:postgresql://db.example.org/app?sslmode=disable");
        assertThat(encryption("jdbc:postgresql://db.example.org/app?sslmode=require"))
                .isEqualTo("jdbc:postgresql://db.example.org/app?sslmode=require");
        assertThat(encryption("jdbc:postgresql://127.0.0.1:5433/app"))
                .isEqualTo("jdbc:postgresql://127.0.0.1:5433/app");
    }

    private static String encryption(String url) {
        return PostgresAddress.parse(url).sayingWhetherEncrypted().jdbcUrl();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql:///secret", "jdbc:postgresql://", "jdbc:mysql://secret/db"})
    void postgres_noAddress_isRefusedWithoutRepeatingIt(String url) {
        assertThatThrownBy(() -> PostgresAddress.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("snagr.test.postgres must look like")
                .hasMessageNotContaining("secret");
    }

    @Test
    void redis_withUserAndPassword_keepsThemInTheUriOnly() {
        RedisAddress address = RedisAddress.parse("redis://app:s%40cret@cache.example.org:6380/0");

        assertThat(address.credentials()).isEqualTo(List.of("app", "s@cret"));
        assertThat(address.uri(3)).isEqualTo("redis://app:s%40cret@cache.example.org:6380/3");
        assertThat(address).hasToString("redis://cache.example.org:6380");
    }

    @Test
    void redis_withPasswordOnlyOrNothing_isUnderstood() {
        assertThat(RedisAddress.parse("redis://:secret@localhost").credentials())
                .containsExactly("secret");
        assertThat(RedisAddress.parse("redis://localhost").credentials()).isEmpty();
        assertThat(RedisAddress.parse("redis://localhost").uri(0)).isEqualTo("redis://localhost:6379/0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"redis://", "redis://:secret@", "redis:///secret", "redis://se cret"})
    void redis_noAddress_isRefusedWithoutRepeatingIt(String uri) {
        assertThatThrownBy(() -> RedisAddress.parse(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("snagr.test.redis must look like redis://host:port")
                .hasNoCause();
    }
}

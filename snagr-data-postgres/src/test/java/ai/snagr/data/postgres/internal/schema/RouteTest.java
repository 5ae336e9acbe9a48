package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.spi.StoreAddress;
import org.junit.jupiter.api.Test;

class RouteTest {
    @Test
    void login_throughSupabasesSharedPooler_carriesTheProjectsReference() {
        assertThat(Route.login(
                        address("aws-0-eu-central-1.pooler.supabase.com:5432", "postgres.abcdefgh"), "snagr_app"))
                .isEqualTo("snagr_app.abcdefgh");
    }

    @Test
    void login_anywhereElse_isTheRole() {
        assertThat(Route.login(address("db.abcdefgh.supabase.co:5432", "postgres"), "snagr_app"))
                .isEqualTo("snagr_app");
        assertThat(Route.login(address("db.example.org", "an.owner"), "snagr_app"))
                .isEqualTo("snagr_app");
    }

    @Test
    void namesTransactionPooler_byAnyOfThePorts_isTrue() {
        assertThat(Route.namesTransactionPooler(address("a.example.org:5432,b.example.org:6543", "x")))
                .isTrue();
        assertThat(Route.namesTransactionPooler(address("a.example.org:5432", "x")))
                .isFalse();
        assertThat(Route.namesTransactionPooler(address("a.example.org", "x"))).isFalse();
    }

    private static StoreAddress address(String hosts, String user) {
        return new StoreAddress("jdbc:postgresql://" + hosts + "/postgres", user, "secret");
    }
}

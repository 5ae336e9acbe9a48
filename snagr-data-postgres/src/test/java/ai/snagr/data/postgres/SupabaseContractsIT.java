package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import ai.snagr.data.SnagrData;
import ai.snagr.data.postgres.internal.schema.Schema;
import ai.snagr.data.spi.AdminGate;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.SnagrDataProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.internal.Providers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Every contract of the API, kept in a {@link SupabaseProject} as the project's role that is no superuser. */
final class SupabaseContractsIT {
    private static final String CONTRACTS = "ai.snagr.data.postgres.contract";

    @ParameterizedTest
    @ValueSource(strings = {"legacy", "2026"})
    void contracts_inTheProject_areKept(String mode) throws Exception {
        try (SupabaseProject project = SupabaseProject.start(mode)) {
            assertKept(project, builder -> builder, ".*IT", 250);
        }
    }

    @Test
    void contracts_ofUsersAsAuthenticated_areKept() throws Exception {
        try (SupabaseProject project = SupabaseProject.start("legacy")) {
            assertKept(
                    project,
                    PostgresSnagrData.Builder::usersAsAuthenticated,
                    "RowVisibilityIT|(User|Match|Preference|SavedSearch|Search|Unlock|Payment)RepositoryIT",
                    150);
        }
    }

    private static void assertKept(
            SupabaseProject project, UnaryOperator<PostgresSnagrData.Builder> settings, String classes, int atLeast) {
        Schema.migrateOnly(project.address());
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherDiscoveryRequest contracts = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectPackage(CONTRACTS))
                .filters(includeClassNamePatterns(".*\\.(" + classes + ")"))
                .build();

        Providers.Instead guest = Providers.use(new Guest(project, settings));
        try (guest) {
            LauncherFactory.create().execute(contracts, listener);
        }

        TestExecutionSummary summary = listener.getSummary();
        StringWriter failures = new StringWriter();
        summary.printFailuresTo(new PrintWriter(failures), 5);
        assertThat(failures.toString()).isBlank();
        assertThat(summary.getTestsSucceededCount())
                .isEqualTo(summary.getTestsFoundCount())
                .isGreaterThan(atLeast);
    }

    /** The store with a copy of the project for each time that it is opened, wherever the testkit would have it. */
    private record Guest(SupabaseProject project, UnaryOperator<PostgresSnagrData.Builder> settings)
            implements SnagrDataProvider {
        @Override
        public void migrate(StoreAddress elsewhere) {}

        @Override
        public SnagrData open(StoreAddress elsewhere, KeyProvider keys, AdminGate admins) {
            StoreAddress own;
            try {
                own = project.copy();
            } catch (SQLException e) {
                throw new IllegalStateException("the project cannot be copied", e);
            }
            return settings.apply(PostgresSnagrData.builder()
                            .primary(own.jdbcUrl(), own.user(), own.password())
                            .keys(keys)
                            .admins(admins))
                    .build();
        }

        @Override
        public KeyProvider testKeys() {
            return Keys.ephemeral();
        }
    }
}

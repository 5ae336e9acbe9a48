package ai.snagr.data.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import ai.snagr.data.SnagrData;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.SnagrDataTest.Isolation;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

class SnagrDataExtensionIT {
    private static final Set<String> DATABASES = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void forgetDatabases() {
        DATABASES.clear();
    }

    @Test
    void parameters_everyType_areInjected() {
        assertAllPass(run(TakesEverything.class), 1);
    }

    @Test
    void isolation_perClass_sharesOneDatabaseWithNestedClasses() {
        assertAllPass(run(SharesOne.class), 3);
        assertThat(DATABASES).hasSize(1);
    }

    @Test
    void isolation_perMethod_givesEachMethodAndRepetitionItsOwn() {
        assertAllPass(run(EachItsOwn.class), 3);
        assertThat(DATABASES).hasSize(3);
    }

    @Test
    void isolation_perMethod_constructorAndMethodShareTheDatabase() {
        assertAllPass(run(TakesInConstructor.class), 2);
        assertThat(DATABASES).hasSize(2);
    }

    @Test
    void isolation_perMethodAskedInBeforeAll_saysWhereToAsk() {
        assertThat(failures(run(AsksTooEarly.class)))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining("take it as a parameter of the method, of @BeforeEach"));
    }

    @Test
    void inParallel_classesWriteToDatabasesOfTheirOwn() {
        EngineExecutionResults results = EngineTestKit.engine("junit-jupiter")
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "3")
                .selectors(
                        selectClass(ParallelOne.class),
                        selectClass(ParallelTwo.class),
                        selectClass(ParallelThree.class))
                .execute();

        assertAllPass(results, 3);
        assertThat(DATABASES).hasSize(3);
    }

    @Test
    void afterTheClass_databasesAreDropped() throws Exception {
        assertAllPass(run(SharesOne.class), 3);

        try (Connection connection = TestPostgres.shared().connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select datname from pg_database")) {
            List<String> names = new ArrayList<>();
            while (rows.next()) {
                names.add(rows.getString(1));
            }
            assertThat(names).doesNotContainAnyElementsOf(DATABASES);
        }
    }

    static EngineExecutionResults run(Class<?> testClass) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(testClass))
                .execute();
    }

    static List<Throwable> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream()
                .map(event -> event.getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class))
                .flatMap(result -> result.getThrowable().stream())
                .toList();
    }

    static void assertAllPass(EngineExecutionResults results, int tests) {
        assertThat(failures(results)).isEmpty();
        assertThat(results.testEvents().succeeded().count()).isEqualTo(tests);
    }

    static void insertNote(TestDatabase database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into note values ('mine')");
        }
    }

    static int countNotes(TestDatabase database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from note")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    @SnagrDataTest
    static class TakesEverything {
        @Test
        void test(
                TestPostgres postgres,
                TestDatabase database,
                TestRedis redis,
                SnagrData data,
                KeyProvider keys,
                Samples samples)
                throws SQLException {
            assertThat(Arrays.asList(keys, samples, redis)).doesNotContainNull();
            assertThat(postgres.version()).isEqualTo(database.postgres().version());
            assertThat(((OneTableStore.Open) data).connection().getMetaData().getURL())
                    .contains(database.name());
        }
    }

    @SnagrDataTest
    static class SharesOne {
        @BeforeAll
        static void takes(TestDatabase database) {
            DATABASES.add(database.name());
        }

        @Test
        void one(TestDatabase database) {
            DATABASES.add(database.name());
        }

        @Test
        void other(TestDatabase database) {
            DATABASES.add(database.name());
        }

        @Nested
        class Inside {
            @Test
            void third(TestDatabase database) {
                DATABASES.add(database.name());
            }
        }
    }

    @SnagrDataTest(isolation = Isolation.PER_METHOD)
    static class EachItsOwn {
        @Test
        void one(TestDatabase database) throws SQLException {
            alone(database);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void repeated(int number, TestDatabase database) throws SQLException {
            alone(database);
        }

        private static void alone(TestDatabase database) throws SQLException {
            DATABASES.add(database.name());
            insertNote(database);
            assertThat(countNotes(database)).isEqualTo(1);
        }
    }

    @SnagrDataTest(isolation = Isolation.PER_METHOD)
    static class TakesInConstructor {
        private final TestDatabase taken;

        TakesInConstructor(TestDatabase database) {
            taken = database;
            DATABASES.add(database.name());
        }

        @Test
        void one(TestDatabase database) {
            assertThat(database).isSameAs(taken);
        }

        @Test
        void other(TestDatabase database) {
            assertThat(database).isSameAs(taken);
        }
    }

    @SnagrDataTest(isolation = Isolation.PER_METHOD)
    static class AsksTooEarly {
        @BeforeAll
        static void takes(TestDatabase database) {
            Collections.addAll(DATABASES, database.name());
        }

        @Test
        void test() {}
    }

    static class Parallel {
        private static final CyclicBarrier ALL_WROTE = new CyclicBarrier(3);

        @Test
        void test(TestDatabase database) throws Exception {
            DATABASES.add(database.name());
            insertNote(database);
            ALL_WROTE.await(60, TimeUnit.SECONDS);
            assertThat(countNotes(database)).isEqualTo(1);
        }
    }

    @SnagrDataTest
    static class ParallelOne extends Parallel {}

    @SnagrDataTest
    static class ParallelTwo extends Parallel {}

    @SnagrDataTest
    static class ParallelThree extends Parallel {}
}

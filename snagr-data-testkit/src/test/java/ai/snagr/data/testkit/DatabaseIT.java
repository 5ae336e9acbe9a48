package ai.snagr.data.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class DatabaseIT {
    @Test
    void create_twice_isolatesWrites() throws Exception {
        try (TestDatabase one = TestDatabase.create();
                TestDatabase other = TestDatabase.create();
                Connection toOne = one.connect();
                Connection toOther = other.connect()) {
            execute(toOne, "insert into note values ('here')");

            assertThat(text(toOne, "select count(*) from note")).isEqualTo("1");
            assertThat(text(toOther, "select count(*) from note")).isEqualTo("0");
        }
    }

    @Test
    void create_manyTimes_migratesOnce() {
        TestDatabase.create().close();
        int migrations = OneTableStore.MIGRATIONS.get();

        TestDatabase.create().close();

        assertThat(OneTableStore.MIGRATIONS).hasValue(migrations);
    }

    @Test
    void create_byManyThreads_givesEachItsOwn() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<TestDatabase>> futures = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                futures.add(threads.submit(TestDatabase::create));
            }
            List<String> names = new ArrayList<>();
            for (Future<TestDatabase> future : futures) {
                names.add(future.get().name());
                future.get().close();
            }
            assertThat(names).doesNotHaveDuplicates().hasSize(8);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void connect_asOwner_isNoSuperuserAndMayMakeRolesAndDatabases() throws Exception {
        String sql = "select rolsuper::text || rolbypassrls || rolcreaterole || rolcreatedb"
                + " from pg_roles where rolname = current_user";
        try (TestDatabase database = TestDatabase.create();
                Connection owner = database.connect()) {
            assertThat(text(owner, sql)).isEqualTo("falsefalsetruetrue");
            assertThat(text(
                            owner,
                            "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"))
                    .isEqualTo(database.user());
        }
    }

    @Test
    void adminConnection_onTableOfAnotherWithRowSecurity_seesAllRows() throws Exception {
        try (TestDatabase database = TestDatabase.create();
                Connection owner = database.connect();
                Connection admin = database.adminConnection()) {
            execute(owner, "insert into note values ('hidden')");
            execute(owner, "alter table note enable row level security");
            execute(owner, "alter table note force row level security");

            assertThat(text(owner, "select count(*) from note")).isEqualTo("0");
            assertThat(text(admin, "select count(*) from note")).isEqualTo("1");
        }
    }

    @Test
    void createEmpty_hasNoTableOfTheStore() throws Exception {
        try (TestDatabase database = TestDatabase.createEmpty();
                Connection owner = database.connect()) {
            assertThat(text(owner, "select to_regclass('note') is null")).isEqualTo("t");
        }
    }

    @Test
    void close_whileSomebodyIsConnected_dropsTheDatabase() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (Connection owner = database.connect()) {
            database.close();

            assertThatThrownBy(() -> text(owner, "select 1")).isInstanceOf(SQLException.class);
        }
        try (Connection server = TestPostgres.shared().connect()) {
            assertThat(text(server, "select count(*) from pg_database where datname = '" + database.name() + "'"))
                    .isEqualTo("0");
        }
    }

    @Test
    void close_twice_changesNothing() {
        TestDatabase database = TestDatabase.create();
        database.close();
        database.close();
    }

    @Test
    void connect_toTextWithLettersBeyondAscii_foldsTheirCase() throws Exception {
        try (TestDatabase database = TestDatabase.create();
                Connection owner = database.connect()) {
            assertThat(text(owner, "select to_tsvector('simple', 'ÄRGER')")).isEqualTo("'ärger':1");
        }
    }

    @Test
    void jdbcUrl_holdsNoPassword() {
        try (TestDatabase database = TestDatabase.create()) {
            assertThat(database.jdbcUrl()).doesNotContain(database.password());
            assertThat(database).hasToString("TestDatabase[" + database.name() + "]");
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}

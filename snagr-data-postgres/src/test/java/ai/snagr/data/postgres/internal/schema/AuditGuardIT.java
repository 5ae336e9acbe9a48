package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A start does not serve on audit tables that somebody opened to changes. */
final class AuditGuardIT {
    private static PreparedDatabase database;

    @BeforeAll
    static void prepare() throws SQLException {
        database = PreparedDatabase.create();
    }

    @AfterAll
    static void drop() throws SQLException {
        database.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    alter table snagr.audit_events disable trigger user | audit_events_append_only of table audit_events
                    alter table snagr.audit_leaves enable trigger user | audit_leaves_no_truncate of table audit_leaves
                    alter table snagr.audit_checkpoints enable replica trigger audit_checkpoints_append_only | audit_checkpoints_append_only of
                    drop trigger audit_events_no_truncate on snagr.audit_events | audit_events_no_truncate of table audit_events
                    create policy p on snagr.audit_events for delete to snagr_worker using (true) | p of table audit_events lets
                    create policy p on snagr.audit_leaves using (true) | p of table audit_leaves lets
                    """)
    void prepare_withAuditTablesThatCanBeChanged_isRefused(String damage, String named) throws SQLException {
        Sql admin = database.admin();
        try {
            admin.run(damage);
            assertThatThrownBy(
                            () -> Schema.prepare(database.database().address(), Optional.empty(), DatabaseRole.ours()))
                    .isInstanceOf(SnagrDataException.Misconfigured.class)
                    .hasMessageContaining(named);
        } finally {
            repair(admin);
        }
        assertThat(Schema.prepare(database.database().address(), Optional.empty(), DatabaseRole.ours()))
                .isNotNull();
    }

    private static void repair(Sql admin) throws SQLException {
        for (String table : new String[] {"audit_events", "audit_leaves", "audit_checkpoints"}) {
            admin.run("drop policy if exists p on snagr." + table);
            admin.run("create or replace trigger " + table + "_no_truncate before truncate on snagr." + table
                    + " for each statement execute function snagr.refuse_change_of_audit()");
            for (String trigger : new String[] {"_append_only", "_no_truncate"}) {
                admin.run("alter table snagr." + table + " enable always trigger " + table + trigger);
            }
        }
    }
}

package ai.snagr.data.postgres.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each script that was applied is on record, kept if and only if the script is. */
@SnagrDataTest
final class SchemaEventsIT {
    private static final String THING = "'script:' || script || coalesce(':' || checksum, '')";

    @Test
    void scripts_applied_areOnRecordOnceEach(TestDatabase database) throws SQLException {
        List<String> applied =
                list(database, "select " + THING + " from snagr.schema_history where success order by 1");

        assertThat(applied).hasSizeGreaterThanOrEqualTo(6);
        assertThat(list(database, "select object from snagr.audit_events where action = 'schema_change' order by 1"))
                .isEqualTo(applied);
        assertThat(list(
                        database,
                        "select distinct a.actor || ' ' || a.role || ' ' || a.outcome from snagr.audit_events a"
                                + " where a.action = 'schema_change'"))
                .isEqualTo(list(
                        database,
                        "select distinct installed_by || ' ' || installed_by || ' succeeded'"
                                + " from snagr.schema_history"));
    }

    @Test
    void scripts_sinceTheTrailCanHoldThem_wroteTheirEventInTheirOwnTransaction(TestDatabase database)
            throws SQLException {
        assertThat(list(
                        database,
                        "select h.script from snagr.schema_history h join snagr.audit_events a on a.object = " + THING
                                + " where a.xid::text::bigint & 4294967295 = h.xmin::text::bigint order by 1"))
                .isEqualTo(list(
                        database,
                        "select script from snagr.schema_history"
                                + " where success and version is distinct from '001' and version is distinct from '002'"
                                + " order by 1"));
    }

    private static List<String> list(TestDatabase database, String query) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}

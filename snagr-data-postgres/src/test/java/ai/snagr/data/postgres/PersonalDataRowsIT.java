package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.match.Match;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.contract.Possessions;
import ai.snagr.data.user.UserId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** That a person is given every row and every column of his, as the catalog has them. */
@SnagrDataTest
final class PersonalDataRowsIT {
    /** Columns and whole tables of users that are not given out, each with the reason. */
    private static final Map<String, String> NOT_EXPORTED = Map.ofEntries(
            Map.entry("users.password_hash", "secret: with it a password could be guessed"),
            Map.entry("users.email_key", "derived from email"),
            Map.entry("subject_keys", "secret: keys of the store, not of the person"),
            Map.entry("batch_keys", "secret: keys of the store, not of the person"),
            Map.entry("matches.batch_id", "which of these keys"),
            Map.entry("unlocks.grant_key", "secret: what it opens is given with the unlock"),
            Map.entry("searches.query_tsv", "derived from query_text"),
            Map.entry("jobs.lease_token", "secret of a worker"),
            Map.entry("notifications.lease_token", "secret of a worker"),
            Map.entry("matches.external_listing_id", "tells the address, which is given with the unlock"),
            Map.entry("matches.seller_info", "sealed: given, opened, with the unlock"),
            Map.entry("matches.listing_url", "sealed: given, opened, with the unlock"),
            Map.entry("matches.search_tsv", "derived from title and description"),
            Map.entry("change_outbox", "ids of rows that changed and are given themselves, kept for a time"),
            Map.entry("staging_matches", "rows on their way into matches, within one transaction"));

    @Test
    void export_everyTableAndColumnOfUsers_isGivenOrNamedWithAReason(SnagrData data, TestDatabase database)
            throws IOException, SQLException {
        Possessions alice = Possessions.of(data);
        JsonNode exported = export(data.as(Actor.user(alice.user().id())));
        Set<String> columns = new TreeSet<>();
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                ResultSet rows = connection.createStatement().executeQuery("""
                        select c.relname, a.attname
                        from pg_attribute a
                        join pg_class c on c.oid = a.attrelid
                        where c.relnamespace = 'snagr'::regnamespace and c.relkind in ('r', 'p')
                          and a.attnum > 0 and not a.attisdropped and a.attname <> 'user_id'
                          and (c.relname = 'users' or exists (
                            select from pg_attribute u where u.attrelid = c.oid and u.attname = 'user_id'))""")) {
            while (rows.next()) {
                columns.add(rows.getString(1) + "." + rows.getString(2));
            }
        }

        assertThat(columns).hasSizeGreaterThan(60);
        assertThat(columns)
                .as("a new column of a user's table: export it, or name it here with the reason")
                .allSatisfy(column -> {
                    String table = column.substring(0, column.indexOf('.'));
                    if (!NOT_EXPORTED.containsKey(table) && !NOT_EXPORTED.containsKey(column)) {
                        JsonNode row = exported.path(table).path(0);
                        assertThat(row.has(column.substring(table.length() + 1)))
                                .isTrue();
                    }
                });
        assertThat(exported.path("users").path(0).has("password_hash")).isFalse();
    }

    @Test
    void export_moreRowsThanAPage_holdsEachOnceAsJson(SnagrData data, Samples samples) throws IOException {
        UserId alice = samples.registeredUser(data).id();
        Session session = data.as(Actor.user(alice));
        Set<String> ids = new TreeSet<>();
        for (Match match : samples.matches(data, samples.search(session), 450)) {
            ids.add(match.id().toString());
        }

        JsonNode exported = export(session);

        Set<String> given = new TreeSet<>();
        exported.path("matches").forEach(row -> given.add(row.path("id").asString()));
        assertThat(exported.path("matches").size()).isEqualTo(450);
        assertThat(given).isEqualTo(ids);
        assertThat(exported.path("complete").asBoolean()).isTrue();
        assertThat(exported.path("version").asInt()).isEqualTo(1);
        assertThat(exported.path("users").path(0).path("created_at").asString()).endsWith("Z");
        assertThat(exported.path("user_preferences").size()).isZero();
    }

    @Test
    void export_eventsAboutThePerson_areGivenEachOnceWithoutWhoElseItWas(SnagrData data, TestDatabase database)
            throws IOException, SQLException {
        UserId alice = Possessions.of(data).user().id();
        Possessions bob = Possessions.of(data);
        assertThat(data.as(Actor.service(ServiceRole.NOTIFIER).onBehalfOf(alice))
                        .preferences()
                        .get())
                .isNotNull();

        JsonNode events = export(data.as(Actor.user(alice))).path("audit_events");

        List<String> given = new ArrayList<>();
        events.forEach(event -> given.add(event.path("id").asString()));
        List<String> recorded = new ArrayList<>();
        try (Connection connection = database.adminConnection();
                PreparedStatement query = connection.prepareStatement("""
                        select id
                        from snagr.audit_events
                        where subject = (
                            select subject from snagr.audit_events
                            where actor = ? and action = 'data_export' limit 1)
                          and not (action = 'data_export' and outcome = 'succeeded')
                        order by id""")) {
            query.setString(1, alice.toString());
            ResultSet rows = query.executeQuery();
            while (rows.next()) {
                recorded.add(rows.getString(1));
            }
        }
        assertThat(given).isEqualTo(recorded).hasSizeGreaterThan(3);
        assertThat(events)
                .anySatisfy(event -> {
                    assertThat(event.path("action").asString()).isEqualTo("sensitive_read");
                    assertThat(event.path("role").asString()).isEqualTo("snagr_notifier");
                    assertThat(event.path("object").asString()).isEqualTo("user_preferences.phone_number");
                })
                .anySatisfy(event ->
                        assertThat(event.path("by_himself").asBoolean()).isTrue());
        assertThat(bob.ids()).noneMatch(events.toString()::contains);
    }

    private static JsonNode export(Session session) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        session.privacy().export(out);
        return JsonMapper.shared().readTree(out.toByteArray());
    }
}

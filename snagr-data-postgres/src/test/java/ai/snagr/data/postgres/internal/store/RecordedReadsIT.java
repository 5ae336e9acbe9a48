package ai.snagr.data.postgres.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditEvent;
import ai.snagr.data.audit.AuditOutcome;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.user.User;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is not on record is not handed out; and what failed is on record. */
@SnagrDataTest
final class RecordedReadsIT {
    private static final PhoneNumber PHONE = new PhoneNumber("+18285550123");

    @Test
    void findLoginAndPhoneNumber_eventThatCannotBeWritten_giveNothing(
            SnagrData data, Samples samples, TestDatabase database) throws SQLException {
        User alice = samples.registeredUser(data);
        Preferences withPhone = Preferences.defaults(alice.id()).withPhoneNumber(PHONE);
        assertThat(data.as(Actor.user(alice.id())).preferences().save(withPhone))
                .isNotNull();
        Session auth = data.as(Actor.service(ServiceRole.AUTH));
        Session notifier = data.as(Actor.service(ServiceRole.NOTIFIER).onBehalfOf(alice.id()));

        run(
                database,
                "alter table snagr.audit_events add constraint no_read check (action <> 'sensitive_read') not valid");
        try {
            assertThat(catchThrowableOfType(
                            SnagrDataException.class, () -> auth.users().findLogin(alice.email())))
                    .hasMessageContaining("no_read");
            assertThat(catchThrowableOfType(
                            SnagrDataException.class,
                            () -> notifier.preferences().get()))
                    .hasMessageContaining("no_read");
            Session own = data.as(Actor.user(alice.id()));
            assertThat(catchThrowableOfType(
                            SnagrDataException.class, () -> own.preferences().get()))
                    .hasMessageContaining("no_read");
            assertThat(catchThrowableOfType(
                            SnagrDataException.class,
                            () -> own.inTransaction(
                                    session -> session.preferences().get())))
                    .hasMessageContaining("no_read");
        } finally {
            run(database, "alter table snagr.audit_events drop constraint no_read");
        }

        assertThat(auth.users().findLogin(alice.email())).isPresent();
        assertThat(notifier.preferences().get().phoneNumber()).isEqualTo(PHONE);
    }

    @Test
    void list_anEventThatThisVersionCannotTell_isOtherAndHidesNothing(SnagrData data, TestDatabase database)
            throws SQLException {
        run(
                database,
                "insert into snagr.audit_events (id, actor, action, request) select gen_random_uuid(), 'a newer version',"
                        + " action, request from (values ('key_split', 'trace-1'), ('reveal', repeat('no request', 30)))"
                        + " as v (action, request)");

        assertThat(data.as(Actor.service(ServiceRole.AUDITOR))
                        .audit()
                        .listByActor("a newer version", Page.first(10))
                        .items())
                .extracting(event -> event.action() + " " + event.requestId())
                .containsExactlyInAnyOrder("OTHER trace-1", "REVEAL null");
    }

    @Test
    void reveal_byServicesThatMayNot_isOnRecordAsRefused(SnagrData data, Samples samples) {
        User alice = samples.registeredUser(data);
        MatchId match = new MatchId(UUID.randomUUID());
        for (ServiceRole role : List.of(ServiceRole.NOTIFIER, ServiceRole.AUTH)) {
            Session service = data.as(Actor.service(role).onBehalfOf(alice.id()));
            assertThat(catchThrowableOfType(
                            SnagrDataException.class, () -> service.unlocks().reveal(match)))
                    .hasNoSuppressedExceptions()
                    .extracting(SnagrDataException::code)
                    .isEqualTo(ErrorCode.ACCESS_DENIED);
        }

        assertThat(data.as(Actor.service(ServiceRole.AUDITOR))
                        .audit()
                        .listByActor(alice.id().toString(), Page.first(10))
                        .items())
                .extracting(event -> event.role() + " " + event.action() + " " + event.outcome() + " " + event.object())
                .containsExactly(
                        "snagr_auth REVEAL REFUSED matches:" + match, "snagr_notifier REVEAL REFUSED matches:" + match);
    }

    @Test
    void adminStatement_thatFails_isOnRecordAsFailed(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        User alice = samples.registeredUser(data);
        Session admin = data.as(Samples.admin("ada", "ticket 9"));
        run(database, "alter table snagr.users add constraint no_end check (is_active) not valid");
        try {
            assertThat(catchThrowableOfType(
                            SnagrDataException.class, () -> admin.users().deactivate(alice.id())))
                    .hasMessageContaining("no_end")
                    .hasNoSuppressedExceptions();
        } finally {
            run(database, "alter table snagr.users drop constraint no_end");
        }

        List<AuditEvent> events = data.as(Actor.service(ServiceRole.AUDITOR))
                .audit()
                .listByActor("ada", Page.first(10))
                .items();
        assertThat(events).hasSize(1);
        assertThat(events.get(0).outcome()).isEqualTo(AuditOutcome.FAILED);
        assertThat(events.get(0).object()).isEqualTo("users.deactivate");
        assertThat(events.get(0).reason()).isEqualTo("ticket 9");
    }

    private static void run(TestDatabase database, String sql) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}

package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditEvent;
import ai.snagr.data.audit.AuditOutcome;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a person is given of all that is held about him. */
@SnagrDataTest
public abstract class PersonalDataContract {
    private static final String END = "\"complete\":true}";

    @Test
    void export_byTheUser_holdsWhatIsHisAndOpensWhatHePaidFor(SnagrData data) {
        Scene scene = new Scene(data);
        Possessions alice = Possessions.of(scene);

        String exported = export(scene.as(alice.user().id()));

        assertThat(exported)
                .contains(alice.user().id().toString(), alice.user().email().value(), "+18285550123")
                .contains(alice.search().id().toString(), alice.saved().id().toString())
                .contains(alice.failed().id().toString(), alice.match().id().toString())
                .contains(alice.locked().id().toString(), alice.payment().id().toString())
                .contains(
                        alice.unlock().id().toString(),
                        alice.notification().id().toString())
                .containsOnlyOnce("Sam Seller")
                .containsOnlyOnce("https://market.example.org/item/")
                .doesNotContain(Scene.PASSWORD_HASH.value());
        assertThat(exported.strip()).endsWith(END);
    }

    @Test
    void export_byAnother_holdsNothingOfTheUser(SnagrData data) {
        Scene scene = new Scene(data);
        Possessions alice = Possessions.of(scene);
        Possessions bob = Possessions.of(scene);

        String exported = export(scene.as(bob.user().id()));

        assertThat(bob.ids().stream().filter(exported::contains)).isNotEmpty();
        assertThat(alice.ids().stream().filter(exported::contains)).isEmpty();
        assertThat(exported).doesNotContain(alice.user().email().value());
    }

    @Test
    void export_always_tellsWhatIsOnRecordAboutThePerson(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        MatchId match = scene.unlock(alice).matchId();
        assertThat(scene.as(alice).unlocks().reveal(match)).isNotNull();
        assertFails(ErrorCode.NOT_UNLOCKED, () -> scene.as(bob).unlocks().reveal(match));

        String ofAlice = export(scene.as(alice));
        String ofBob = export(scene.as(bob));

        assertThat(ofAlice)
                .contains("\"by_himself\" : true, \"action\" : \"reveal\", \"object\" : \"matches:" + match
                        + "\", \"outcome\" : \"succeeded\"")
                .contains("\"role\" : \"snagr_user\"", "\"outcome\" : \"attempted\"")
                .doesNotContain(bob.toString(), "\"outcome\" : \"refused\"");
        assertThat(ofBob)
                .contains("\"action\" : \"reveal\", \"object\" : null, \"outcome\" : \"refused\"")
                .doesNotContain(match.toString(), alice.toString());
    }

    @Test
    void export_afterARefund_opensNothing(SnagrData data) {
        Scene scene = new Scene(data);
        Possessions alice = Possessions.of(scene);
        UserId id = alice.user().id();
        assertThat(scene.service(ServiceRole.PAYMENTS, id)
                        .payments()
                        .beginRefund(alice.payment().stripeId()))
                .isNotNull();

        assertThat(export(scene.as(id)))
                .contains(alice.unlock().id().toString())
                .doesNotContain("Sam Seller", "https://market.example.org/item/");
    }

    @Test
    void export_byAnyoneElse_isDeniedBeforeTheFirstByte(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        for (ServiceRole role : ServiceRole.values()) {
            assertFails(ErrorCode.ACCESS_DENIED, () -> export(scene.service(role, alice)));
            assertFails(ErrorCode.USER_REQUIRED, () -> export(scene.service(role)));
        }
        assertFails(ErrorCode.USER_REQUIRED, () -> export(scene.admin()));
    }

    @Test
    void export_always_isOnRecordWithEachReveal(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.unlock(alice)).isNotNull();
        assertThat(scene.unlock(alice)).isNotNull();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    assertThat(export(session)).contains(END);
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        List<AuditEvent> events = events(scene, alice);
        assertThat(events)
                .extracting(AuditEvent::action)
                .containsExactly(
                        AuditAction.DATA_EXPORT, AuditAction.REVEAL, AuditAction.REVEAL, AuditAction.DATA_EXPORT);
        assertThat(events.get(3).outcome()).isEqualTo(AuditOutcome.ATTEMPTED);
        assertThat(events.get(0).outcome()).isEqualTo(AuditOutcome.SUCCEEDED);
    }

    @Test
    void export_streamThatBreaks_hasNoEndAndNoSuccessOnRecord(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.unlock(alice)).isNotNull();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        OutputStream breaking = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                if (written.size() >= 1_000) {
                    throw new IOException("the pipe broke");
                }
                written.write(b);
            }
        };

        assertThatThrownBy(() -> scene.as(alice).privacy().export(breaking)).hasMessage("the pipe broke");

        assertThat(written.toString(StandardCharsets.UTF_8)).isNotEmpty().doesNotContain(END);
        assertThat(events(scene, alice))
                .filteredOn(event -> event.action() == AuditAction.DATA_EXPORT)
                .extracting(AuditEvent::outcome)
                .containsExactly(AuditOutcome.ATTEMPTED);
    }

    static String export(Session session) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            session.privacy().export(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<AuditEvent> events(Scene scene, UserId user) {
        return readAll(200, page -> scene.service(ServiceRole.AUDITOR).audit().listByActor(user.toString(), page))
                .stream()
                .filter(event -> event.action() != AuditAction.KEY_CREATED)
                .toList();
    }
}

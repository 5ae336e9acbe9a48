package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static ai.snagr.data.testkit.contract.Scene.secondPage;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Actor;
import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.RequestId;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditEvent;
import ai.snagr.data.audit.AuditOutcome;
import ai.snagr.data.audit.AuditTrail;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.User;
import ai.snagr.data.user.UserId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The audit trail: written by the acts themselves, read by the auditor alone. */
@SnagrDataTest
public abstract class AuditTrailContract {
    private static final Comparator<AuditEvent> NEWEST_FIRST = Comparator.comparing(AuditEvent::createdAt)
            .thenComparing(AuditEvent::id)
            .reversed();

    private static final PhoneNumber PHONE = new PhoneNumber("+18285550123");

    @Test
    void list_ofAdminStatements_tellsWhoAndWhy(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        String admin = "Ada \"Root\" O'Neill " + UUID.randomUUID();
        String reason = "Ticket 7: she asks \\ {\"why\"}\n🎮";

        assertThat(data.as(Samples.admin(admin, reason)).users().find(alice)).isPresent();

        List<AuditEvent> events = byActor(scene, admin);
        assertThat(events).hasSize(1);
        AuditEvent event = events.get(0);
        assertThat(event.actor()).isEqualTo(admin);
        assertThat(event.role()).isEqualTo("snagr_admin");
        assertThat(event.action()).isEqualTo(AuditAction.ADMIN_STATEMENT);
        assertThat(event.reason()).isEqualTo(reason);
        assertThat(auditor(scene).list(Page.first(200)).items()).contains(event);
    }

    @Test
    void list_ofAnActWithARequest_tellsOutcomeRequestAndSubject(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);
        UserId bob = scene.user();
        Unlock ofBob = scene.unlock(bob);
        RequestId request = new RequestId("trace/" + UUID.randomUUID());
        Session asAlice = data.as(Actor.user(alice), request);

        assertThat(asAlice.unlocks().reveal(unlock.matchId())).isNotNull();
        RevealedMatch inside =
                asAlice.inTransaction(session -> session.unlocks().reveal(unlock.matchId()));
        assertThat(inside.match().id()).isEqualTo(unlock.matchId());
        assertThat(scene.as(bob).unlocks().reveal(ofBob.matchId())).isNotNull();

        List<AuditEvent> ofAlice = byActor(scene, alice.toString(), AuditAction.REVEAL);
        assertThat(ofAlice).hasSize(2);
        assertThat(ofAlice).extracting(AuditEvent::requestId).containsOnly(request);
        assertThat(ofAlice).extracting(AuditEvent::outcome).containsOnly(AuditOutcome.SUCCEEDED);
        assertThat(ofAlice).extracting(AuditEvent::subject).doesNotContainNull().hasSize(2);
        assertThat(ofAlice.get(0).subject())
                .isEqualTo(ofAlice.get(1).subject())
                .matches("[0-9a-f]{64}")
                .isNotEqualTo(byActor(scene, bob.toString()).get(0).subject());
        assertThat(byActor(scene, bob.toString()))
                .extracting(AuditEvent::requestId)
                .containsOnlyNulls();
    }

    @Test
    void list_ofAnAdminWithARequest_tellsItInATransactionToo(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        String admin = "admin-" + UUID.randomUUID();
        RequestId request = new RequestId("trace-1");
        Session session = data.as(Samples.admin(admin, "requests"), request);

        assertThat(session.users().find(alice)).isPresent();
        Optional<User> found = session.inTransaction(inside -> inside.users().find(alice));
        assertThat(found).isPresent();

        assertThat(byActor(scene, admin)).extracting(AuditEvent::requestId).containsExactly(request, request);
        assertThat(byActor(scene, admin))
                .as("newest first: what stands in a transaction may yet be rolled back")
                .extracting(AuditEvent::outcome)
                .containsExactly(AuditOutcome.ATTEMPTED, AuditOutcome.SUCCEEDED);
    }

    @Test
    void list_ofAKeyThatWasMade_tellsItOnceAndOutlivesARollback(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    assertThat(session.preferences().save(withPhone(alice))).isNotNull();
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");
        assertThat(scene.as(alice).preferences().save(withPhone(alice))).isNotNull();
        assertThat(scene.match(alice)).isNotNull();

        List<AuditEvent> made = byActor(scene, alice.toString(), AuditAction.KEY_CREATED);
        assertThat(made).hasSize(1);
        assertThat(made.get(0).outcome()).isEqualTo(AuditOutcome.SUCCEEDED);
        assertThat(made.get(0).object()).isEqualTo("subject_keys:1");
        assertThat(made.get(0).subject()).matches("[0-9a-f]{64}");
    }

    @Test
    void list_ofARevealThatWasRefused_outlivesARollback(SnagrData data) {
        Scene scene = new Scene(data);
        Unlock ofBob = scene.unlock(scene.user());
        UserId alice = scene.user();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    assertFails(ErrorCode.NOT_UNLOCKED, () -> session.unlocks().reveal(ofBob.matchId()));
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        List<AuditEvent> events = byActor(scene, alice.toString());
        assertThat(events).hasSize(1);
        assertThat(events.get(0).action()).isEqualTo(AuditAction.REVEAL);
        assertThat(events.get(0).outcome()).isEqualTo(AuditOutcome.REFUSED);
        assertThat(events.get(0).object()).isEqualTo("matches:" + ofBob.matchId());
        assertThat(events.get(0).reason()).isNull();
    }

    @Test
    void list_ofAPasswordHashThatWasRead_tellsWhoseByPseudonymAlone(SnagrData data) {
        Scene scene = new Scene(data);
        EmailAddress email = Scene.freshEmail();
        UserId alice = scene.register(email).id();
        RequestId request = new RequestId("login/" + UUID.randomUUID());
        Session auth = data.as(Actor.service(ServiceRole.AUTH), request);

        assertThat(auth.users().findLogin(Scene.freshEmail())).isEmpty();
        assertThatThrownBy(() -> auth.inTransaction(session -> {
                    assertThat(session.users().findLogin(email)).isPresent();
                    throw new IllegalStateException("roll back");
                }))
                .hasMessage("roll back");

        List<AuditEvent> read = byActor(scene, "snagr_auth", AuditAction.SENSITIVE_READ).stream()
                .filter(event -> request.equals(event.requestId()))
                .toList();
        assertThat(read).as("and none for an address that nobody has").hasSize(1);
        assertThat(read.get(0).object()).isEqualTo("users.password_hash");
        assertThat(read.get(0).subject()).isEqualTo(pseudonym(scene, alice));
        assertThat(read.get(0).toString()).doesNotContain(alice.toString()).doesNotContainIgnoringCase(email.value());
    }

    @Test
    void list_ofAPhoneNumberThatWasRead_tellsByWhom(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Session notifier = scene.service(ServiceRole.NOTIFIER, alice);
        assertThat(notifier.preferences().get().phoneNumber()).isNull();
        assertThat(scene.as(alice).preferences().save(withPhone(alice))).isNotNull();

        assertThat(scene.as(alice).preferences().get().phoneNumber()).isEqualTo(PHONE);
        for (Session session : List.of(notifier, scene.as(alice))) {
            assertThatThrownBy(() -> session.inTransaction(joined -> {
                        assertThat(joined.preferences().get().phoneNumber()).isEqualTo(PHONE);
                        throw new IllegalStateException("roll back");
                    }))
                    .hasMessage("roll back");
        }

        List<AuditEvent> read = byActor(scene, alice.toString(), AuditAction.SENSITIVE_READ);
        assertThat(read).extracting(AuditEvent::role).containsExactly("snagr_user", "snagr_notifier", "snagr_user");
        assertThat(read).allSatisfy(event -> {
            assertThat(event.object()).isEqualTo("user_preferences.phone_number");
            assertThat(event.subject()).isEqualTo(pseudonym(scene, alice));
        });
    }

    @Test
    void list_ofWhatAnAdminWasRefused_tellsIt(SnagrData data) {
        Scene scene = new Scene(data);
        String admin = "admin-" + UUID.randomUUID();
        Session session = data.as(Samples.admin(admin, "curious"));

        assertFails(ErrorCode.ACCESS_DENIED, () -> session.audit().list(Page.first(1)));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> session.inTransaction(inside -> inside.audit().list(Page.first(1))));

        assertThat(byActor(scene, admin))
                .as("newest first: in a transaction the attempt is on record too")
                .extracting(AuditEvent::outcome)
                .containsExactly(AuditOutcome.REFUSED, AuditOutcome.ATTEMPTED, AuditOutcome.REFUSED);
        assertThat(byActor(scene, admin, AuditAction.ADMIN_STATEMENT))
                .hasSize(3)
                .allSatisfy(event -> {
                    assertThat(event.object()).isEqualTo("audit.list");
                    assertThat(event.reason()).isEqualTo("curious");
                });
    }

    @Test
    void listByActor_userWhoReadsHisOwnRows_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThat(data.as(Actor.user(alice)).users().find(alice)).isPresent();

        assertThat(byActor(scene, alice.toString())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void listByActor_tiesInTheSortKey_pagesThroughEachEventOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        String admin = "admin-" + UUID.randomUUID();
        Session session = data.as(Samples.admin(admin, "pages"));
        List<Boolean> seen = session.inTransaction(inside -> {
            List<Boolean> found = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                found.add(inside.users().find(alice).isPresent());
            }
            return found;
        });
        assertThat(seen).containsOnly(true);
        assertThat(session.users().find(alice)).isPresent();
        assertThat(scene.admin().users().find(alice)).isPresent();

        List<AuditEvent> events = readAll(pageSize, page -> auditor(scene).listByActor(admin, page));

        assertThat(events).hasSize(5).doesNotHaveDuplicates().isSortedAccordingTo(NEWEST_FIRST);
        assertThat(events).extracting(AuditEvent::actor).containsOnly(admin);
    }

    @Test
    void list_ofAllActors_isOrderedAndHoldsEach(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);
        for (int i = 0; i < 3; i++) {
            assertThat(scene.as(alice).unlocks().reveal(unlock.matchId())).isNotNull();
            assertThat(scene.admin().users().find(alice)).isPresent();
        }

        List<AuditEvent> events = readAll(2, auditor(scene)::list);

        assertThat(events).doesNotHaveDuplicates().isSortedAccordingTo(NEWEST_FIRST);
        assertThat(events).containsAll(byActor(scene, alice.toString())).containsAll(byActor(scene, "operator"));
        assertThat(byActor(scene, alice.toString(), AuditAction.REVEAL)).hasSize(3);
    }

    @Test
    void listByActor_unknown_isEmpty(SnagrData data) {
        assertThat(byActor(new Scene(data), "nobody " + UUID.randomUUID())).isEmpty();
    }

    @Test
    void list_listByActor_cursorFromElsewhere_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        String admin = "admin-" + UUID.randomUUID();
        Session session = data.as(Samples.admin(admin, "cursors"));
        assertThat(session.users().find(alice)).isPresent();
        assertThat(session.users().find(alice)).isPresent();
        Cursor ofAll = secondPage(auditor(scene)::list);
        Cursor ofAdmin = secondPage(page -> auditor(scene).listByActor(admin, page));

        assertFails(ErrorCode.INVALID_CURSOR, () -> auditor(scene).list(Page.after(ofAdmin, 1)));
        assertFails(ErrorCode.INVALID_CURSOR, () -> auditor(scene).listByActor(admin, Page.after(ofAll, 1)));
        assertFails(ErrorCode.INVALID_CURSOR, () -> auditor(scene).listByActor("operator", Page.after(ofAdmin, 1)));
        assertThat(auditor(scene).listByActor(admin, Page.after(ofAdmin, 1)).items())
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(value = ServiceRole.class, mode = EnumSource.Mode.EXCLUDE, names = "AUDITOR")
    void list_listByActor_byAnotherService_areDenied(ServiceRole other, SnagrData data) {
        AuditTrail trail = new Scene(data).service(other).audit();

        assertFails(ErrorCode.ACCESS_DENIED, () -> trail.list(Page.first(1)));
        assertFails(ErrorCode.ACCESS_DENIED, () -> trail.listByActor("operator", Page.first(1)));
    }

    @Test
    void list_listByActor_byUserOrAdmin_areDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        for (Session other : List.of(scene.as(alice), scene.admin())) {
            assertFails(ErrorCode.ACCESS_DENIED, () -> other.audit().list(Page.first(1)));
            assertFails(ErrorCode.ACCESS_DENIED, () -> other.audit().listByActor(alice.toString(), Page.first(1)));
        }
    }

    private static AuditTrail auditor(Scene scene) {
        return scene.service(ServiceRole.AUDITOR).audit();
    }

    private static List<AuditEvent> byActor(Scene scene, String actor) {
        return readAll(200, page -> auditor(scene).listByActor(actor, page));
    }

    private static List<AuditEvent> byActor(Scene scene, String actor, AuditAction action) {
        return byActor(scene, actor).stream()
                .filter(event -> event.action() == action)
                .toList();
    }

    /** How the trail calls that user. */
    private static String pseudonym(Scene scene, UserId user) {
        assertFails(ErrorCode.NOT_UNLOCKED, () -> scene.as(user).unlocks().reveal(new MatchId(UUID.randomUUID())));
        return requireNonNull(
                byActor(scene, user.toString(), AuditAction.REVEAL).get(0).subject());
    }

    private static Preferences withPhone(UserId user) {
        return Preferences.defaults(user).withPhoneNumber(PHONE);
    }
}

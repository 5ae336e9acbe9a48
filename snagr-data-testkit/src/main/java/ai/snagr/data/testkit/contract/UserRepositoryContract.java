package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.freshEmail;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.Login;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.PasswordHash;
import ai.snagr.data.user.User;
import ai.snagr.data.user.UserId;
import ai.snagr.data.user.UserStatus;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Accounts: registration, logins, and what an operator switches. */
@SnagrDataTest
public abstract class UserRepositoryContract {
    private static final UserId NOBODY = new UserId(UUID.randomUUID());
    private static final PasswordHash OTHER_HASH = new PasswordHash("{bcrypt}$2a$12$abcdefghijklmnopqrstuv");

    @Test
    void create_freshEmail_isStoredActive(SnagrData data) {
        Scene scene = new Scene(data);
        EmailAddress email = freshEmail();

        User created = scene.register(email);

        assertThat(created.email()).isEqualTo(email);
        assertThat(created.status()).isEqualTo(UserStatus.ACTIVE);
        assertThat(created.deletedAt()).isNull();
        assertThat(created.updatedAt()).isEqualTo(created.createdAt());
        assertThat(scene.as(created.id()).users().get(created.id())).isEqualTo(created);
    }

    @Test
    void create_withAnIdOfSomebodyElses_keepsIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId id = new UserId(UUID.randomUUID());

        User created = scene.service(ServiceRole.AUTH).users().create(NewUser.of(id, freshEmail()));

        assertThat(created.id()).isEqualTo(id);
        assertThat(scene.as(id).users().get(id)).isEqualTo(created);
        assertFails(
                ErrorCode.ALREADY_EXISTS,
                () -> scene.service(ServiceRole.AUTH).users().create(NewUser.of(id, freshEmail())));
    }

    @Test
    void create_takenEmail_isUnavailableWhateverTheStateOfTheAccount(SnagrData data) {
        Scene scene = new Scene(data);
        User active = scene.register(freshEmail());
        User inactive = scene.admin().users().deactivate(scene.user());
        User deleted = scene.admin().users().delete(scene.user());

        List<String> answers = Stream.of(active, inactive, deleted)
                .map(user -> assertFails(ErrorCode.EMAIL_UNAVAILABLE, () -> scene.register(user.email()))
                        .getMessage())
                .distinct()
                .toList();

        assertThat(answers).as("the answer must not tell the accounts apart").hasSize(1);
        assertThat(answers.get(0)).doesNotContainIgnoringCase("@example.org");
    }

    @Test
    void create_takenEmailInOtherCase_isUnavailable(SnagrData data) {
        Scene scene = new Scene(data);
        String taken = scene.register(freshEmail()).email().value();

        assertFails(ErrorCode.EMAIL_UNAVAILABLE, () -> scene.register(EmailAddress.of(taken.toUpperCase(Locale.ROOT))));
    }

    @Test
    void create_sameEmailByManyThreads_registersOne(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        EmailAddress email = freshEmail();

        List<Optional<User>> outcomes = Race.run(8, i -> {
            try {
                return Optional.of(scene.register(email));
            } catch (SnagrDataException failure) {
                assertThat(failure.code()).isEqualTo(ErrorCode.EMAIL_UNAVAILABLE);
                return Optional.<User>empty();
            }
        });

        assertThat(outcomes.stream().flatMap(Optional::stream)).hasSize(1);
    }

    @Test
    void create_rolledBack_leavesTheEmailFree(SnagrData data) {
        Scene scene = new Scene(data);
        EmailAddress email = freshEmail();

        assertThatThrownBy(() -> scene.service(ServiceRole.AUTH).inTransaction(session -> {
                    User created = session.users().create(NewUser.of(email));
                    throw new IllegalStateException("not " + created.id());
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(scene.service(ServiceRole.AUTH).users().findLogin(email)).isEmpty();
        assertThat(scene.register(email).email()).isEqualTo(email);
    }

    @Test
    void create_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId user = scene.user();

        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.as(user).users().create(NewUser.of(freshEmail())));
        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.admin().users().create(NewUser.of(freshEmail())));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.MATCHER).users().create(NewUser.of(freshEmail())));
    }

    @Test
    void find_absentOrForeign_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();

        assertThat(scene.as(alice).users().find(NOBODY)).isEmpty();
        assertThat(scene.as(bob).users().find(alice)).isEmpty();
        assertThat(scene.admin().users().find(NOBODY)).isEmpty();
    }

    @Test
    void find_byNotifierOrAdmin_seesEverybody(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.register(freshEmail());

        assertThat(scene.service(ServiceRole.NOTIFIER).users().find(alice.id())).contains(alice);
        assertThat(scene.service(ServiceRole.NOTIFIER, alice.id()).users().find(alice.id()))
                .contains(alice);
        assertThat(scene.admin().users().find(alice.id())).contains(alice);
    }

    @Test
    void find_onBehalfOfAnother_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.register(freshEmail());
        UserId bob = scene.user();

        assertThat(scene.service(ServiceRole.NOTIFIER, bob).users().find(alice.id()))
                .isEmpty();
        assertThat(scene.service(ServiceRole.NOTIFIER, bob).users().findAll(List.of(alice.id(), bob)))
                .extracting(User::id)
                .containsExactly(bob);
        assertThat(scene.service(ServiceRole.NOTIFIER, bob).users().findByEmail(alice.email()))
                .isEmpty();
        assertThat(scene.service(ServiceRole.AUTH, bob).users().findLogin(alice.email()))
                .isEmpty();
    }

    @Test
    void find_byServiceThatNeedsNoUsers_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        for (ServiceRole role : List.of(ServiceRole.MATCHER, ServiceRole.WORKER, ServiceRole.AUDITOR)) {
            assertFails(
                    ErrorCode.ACCESS_DENIED, () -> scene.service(role).users().find(alice));
        }
    }

    @Test
    void get_absentOrForeign_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();

        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(alice).users().get(NOBODY));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).users().get(alice));
    }

    @Test
    void findAll_mixedIds_returnsTheVisibleOnesInOrderOnce(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        List<UserId> ids = List.of(bob, NOBODY, alice, bob);
        List<UserId> inOrder = Stream.of(alice, bob).sorted().toList();

        assertThat(scene.admin().users().findAll(ids)).extracting(User::id).containsExactlyElementsOf(inOrder);
        assertThat(scene.as(alice).users().findAll(ids)).extracting(User::id).containsExactly(alice);
        assertThat(scene.admin().users().findAll(List.of())).isEmpty();
    }

    @Test
    void findAll_tooManyIds_isRefused(SnagrData data) {
        Scene scene = new Scene(data);

        assertFails(ErrorCode.INVALID_INPUT, () -> scene.admin().users().findAll(Collections.nCopies(1_001, NOBODY)));
        assertThat(scene.admin().users().findAll(Collections.nCopies(1_000, NOBODY)))
                .isEmpty();
    }

    @Test
    void findByEmail_anyCase_findsTheAccount(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.register(freshEmail());
        EmailAddress shouted = EmailAddress.of(alice.email().value().toUpperCase(Locale.ROOT));

        assertThat(scene.as(alice.id()).users().findByEmail(shouted)).contains(alice);
        assertThat(scene.admin().users().findByEmail(shouted)).contains(alice);
    }

    @Test
    void findByEmail_absentOrForeign_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.register(freshEmail());
        UserId bob = scene.user();

        assertThat(scene.as(bob).users().findByEmail(alice.email())).isEmpty();
        assertThat(scene.admin().users().findByEmail(freshEmail())).isEmpty();
    }

    @Test
    void findLogin_registered_hasTheHash(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.register(freshEmail());
        EmailAddress shouted = EmailAddress.of(alice.email().value().toUpperCase(Locale.ROOT));

        assertThat(scene.service(ServiceRole.AUTH).users().findLogin(shouted))
                .contains(new Login(alice.id(), UserStatus.ACTIVE, Scene.PASSWORD_HASH));
    }

    @Test
    void findLogin_withoutPassword_hasNone(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.service(ServiceRole.AUTH).users().create(NewUser.of(freshEmail()));

        assertThat(scene.service(ServiceRole.AUTH).users().findLogin(alice.email()))
                .contains(new Login(alice.id(), UserStatus.ACTIVE, null));
    }

    @Test
    void findLogin_switchedOffOrDeleted_saysSo(SnagrData data) {
        Scene scene = new Scene(data);
        User inactive = scene.admin().users().deactivate(scene.user());
        User deleted = scene.admin().users().delete(scene.user());

        assertThat(scene.service(ServiceRole.AUTH).users().findLogin(inactive.email()))
                .map(Login::status)
                .contains(UserStatus.INACTIVE);
        assertThat(scene.service(ServiceRole.AUTH).users().findLogin(deleted.email()))
                .map(Login::status)
                .contains(UserStatus.DELETED);
    }

    @Test
    void findLogin_absent_isEmpty(SnagrData data) {
        assertThat(new Scene(data).service(ServiceRole.AUTH).users().findLogin(freshEmail()))
                .isEmpty();
    }

    @Test
    void findLogin_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.register(freshEmail());

        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.as(alice.id()).users().findLogin(alice.email()));
        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.admin().users().findLogin(alice.email()));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.NOTIFIER).users().findLogin(alice.email()));
    }

    @Test
    void changePassword_onBehalfOfTheUser_replacesTheHash(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.register(freshEmail());

        scene.service(ServiceRole.AUTH, alice.id()).users().changePassword(OTHER_HASH);

        assertThat(scene.service(ServiceRole.AUTH).users().findLogin(alice.email()))
                .map(Login::passwordHash)
                .contains(OTHER_HASH);
        assertThat(scene.as(alice.id()).users().get(alice.id()).updatedAt()).isAfter(alice.updatedAt());
    }

    @Test
    void changePassword_withoutUser_needsOne(SnagrData data) {
        Scene scene = new Scene(data);

        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> scene.service(ServiceRole.AUTH).users().changePassword(OTHER_HASH));
    }

    @Test
    void changePassword_deletedOrAbsent_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId deleted = scene.admin().users().delete(scene.user()).id();

        assertFails(
                ErrorCode.NOT_FOUND,
                () -> scene.service(ServiceRole.AUTH, deleted).users().changePassword(OTHER_HASH));
        assertFails(
                ErrorCode.NOT_FOUND,
                () -> scene.service(ServiceRole.AUTH, NOBODY).users().changePassword(OTHER_HASH));
    }

    @Test
    void changePassword_byTheUser_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.as(alice).users().changePassword(OTHER_HASH));
    }

    @Test
    void deactivate_activate_switchTheAccountAndRepeat(SnagrData data) {
        Scene scene = new Scene(data);
        User alice = scene.register(freshEmail());

        User off = scene.admin().users().deactivate(alice.id());
        assertThat(off.status()).isEqualTo(UserStatus.INACTIVE);
        assertThat(off.updatedAt()).isAfter(alice.updatedAt());
        assertThat(scene.admin().users().deactivate(alice.id())).isEqualTo(off);

        User on = scene.admin().users().activate(alice.id());
        assertThat(on.status()).isEqualTo(UserStatus.ACTIVE);
        assertThat(on.updatedAt()).isAfter(off.updatedAt());
        assertThat(scene.admin().users().activate(alice.id())).isEqualTo(on);
        assertThat(scene.admin().users().get(alice.id())).isEqualTo(on);
    }

    @Test
    void delete_standingAccount_isMarkedAndRepeats(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        User deleted = scene.admin().users().delete(alice);

        assertThat(deleted.status()).isEqualTo(UserStatus.DELETED);
        assertThat(deleted.deletedAt()).isNotNull();
        assertThat(scene.admin().users().delete(alice)).isEqualTo(deleted);
        assertThat(scene.admin().users().get(alice)).isEqualTo(deleted);
    }

    @Test
    void deactivate_activate_deletedAccount_isTheWrongState(SnagrData data) {
        Scene scene = new Scene(data);
        UserId deleted = scene.admin().users().delete(scene.user()).id();

        assertFails(ErrorCode.WRONG_STATE, () -> scene.admin().users().deactivate(deleted));
        assertFails(ErrorCode.WRONG_STATE, () -> scene.admin().users().activate(deleted));
    }

    @Test
    void deactivate_activate_delete_absent_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);

        assertFails(ErrorCode.NOT_FOUND, () -> scene.admin().users().deactivate(NOBODY));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.admin().users().activate(NOBODY));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.admin().users().delete(NOBODY));
    }

    @Test
    void deactivate_activate_delete_byTheUser_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.as(alice).users().deactivate(alice));
        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.as(alice).users().activate(alice));
        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.as(alice).users().delete(alice));
    }
}

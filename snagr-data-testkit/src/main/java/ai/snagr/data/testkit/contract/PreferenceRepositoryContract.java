package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Preferences, and the phone number that is stored sealed. */
@SnagrDataTest
public abstract class PreferenceRepositoryContract {
    private static final PhoneNumber PHONE = new PhoneNumber("+18285550123");

    @Test
    void get_nothingChosen_isTheDefaults(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThat(scene.as(alice).preferences().get()).isEqualTo(Preferences.defaults(alice));
    }

    @Test
    void save_first_isStored(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        Preferences saved = scene.as(alice)
                .preferences()
                .save(Preferences.defaults(alice).with(Set.of(Channel.EMAIL, Channel.SMS), PHONE));

        assertThat(saved.channels()).containsExactlyInAnyOrder(Channel.EMAIL, Channel.SMS);
        assertThat(saved.phoneNumber()).isEqualTo(PHONE);
        assertThat(saved.updatedAt()).isNotNull();
        assertThat(scene.as(alice).preferences().get()).isEqualTo(saved);
    }

    @Test
    void save_again_replacesEverything(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Preferences first =
                scene.as(alice).preferences().save(Preferences.defaults(alice).with(Set.of(Channel.SMS), PHONE));

        Preferences second = scene.as(alice).preferences().save(first.with(Set.of(), null));

        assertThat(second.channels()).isEmpty();
        assertThat(second.phoneNumber()).isNull();
        assertThat(second.updatedAt()).isAfter(first.updatedAt());
        assertThat(scene.as(alice).preferences().get()).isEqualTo(second);
    }

    @Test
    void save_numbersOneAfterAnother_readsTheLast(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        for (String number : List.of("+4930123456", "+18285550123", "+81312345678901")) {
            PhoneNumber phone = new PhoneNumber(number);
            Preferences saved = scene.as(alice)
                    .preferences()
                    .save(Preferences.defaults(alice).withPhoneNumber(phone));
            assertThat(saved.phoneNumber()).isEqualTo(phone);
            assertThat(scene.as(alice).preferences().get().phoneNumber()).isEqualTo(phone);
        }
    }

    @Test
    void save_ofAnotherUser_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();

        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.as(bob)
                        .preferences()
                        .save(Preferences.defaults(alice).withPhoneNumber(PHONE)));

        assertThat(scene.as(alice).preferences().get()).isEqualTo(Preferences.defaults(alice));
        assertThat(scene.as(bob).preferences().get()).isEqualTo(Preferences.defaults(bob));
    }

    @Test
    void save_rolledBack_leavesWhatWasThere(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    Preferences saved = session.preferences()
                            .save(Preferences.defaults(alice).withPhoneNumber(PHONE));
                    assertThat(session.preferences().get()).isEqualTo(saved);
                    throw new IllegalStateException("rolled back");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(scene.as(alice).preferences().get()).isEqualTo(Preferences.defaults(alice));
        Preferences later =
                scene.as(alice).preferences().save(Preferences.defaults(alice).withPhoneNumber(PHONE));
        assertThat(scene.as(alice).preferences().get()).isEqualTo(later);
    }

    @Test
    void save_firstNumberByManyThreads_allSucceedAndOneStays(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        List<PhoneNumber> numbers = Race.run(8, i -> {
            PhoneNumber phone = new PhoneNumber("+1828555010" + i);
            Preferences saved = scene.as(alice)
                    .preferences()
                    .save(Preferences.defaults(alice).withPhoneNumber(phone));
            assertThat(saved.phoneNumber()).isEqualTo(phone);
            return phone;
        });

        assertThat(scene.as(alice).preferences().get().phoneNumber()).isIn(numbers);
    }

    @Test
    void get_byNotifierOnBehalfOfTheUser_opensTheNumber(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        Preferences saved =
                scene.as(alice).preferences().save(Preferences.defaults(alice).with(Set.of(Channel.SMS), PHONE));

        assertThat(scene.service(ServiceRole.NOTIFIER, alice).preferences().get())
                .isEqualTo(saved);
        assertThat(scene.service(ServiceRole.NOTIFIER, bob).preferences().get()).isEqualTo(Preferences.defaults(bob));
    }

    @Test
    void save_byNotifier_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.NOTIFIER, alice).preferences().save(Preferences.defaults(alice)));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.NOTIFIER, alice)
                        .preferences()
                        .save(Preferences.defaults(alice).withPhoneNumber(PHONE)));
    }

    @Test
    void get_save_withoutUser_needOne(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> scene.service(ServiceRole.NOTIFIER).preferences().get());
        assertFails(ErrorCode.USER_REQUIRED, () -> scene.admin().preferences().save(Preferences.defaults(alice)));
    }

    @Test
    void get_byAnotherService_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        for (ServiceRole role : List.of(ServiceRole.MATCHER, ServiceRole.PAYMENTS, ServiceRole.AUTH)) {
            assertFails(
                    ErrorCode.ACCESS_DENIED,
                    () -> scene.service(role, alice).preferences().get());
        }
    }
}

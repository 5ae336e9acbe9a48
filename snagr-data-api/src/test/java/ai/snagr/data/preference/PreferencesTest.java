package ai.snagr.data.preference;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import ai.snagr.data.user.UserId;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PreferencesTest {
    private static final UserId USER = new UserId(new UUID(1, 2));
    private static final PhoneNumber PHONE = new PhoneNumber("+4915112345678");

    @Test
    void defaults_isEmailOnly() {
        Preferences defaults = Preferences.defaults(USER);

        assertThat(defaults.channels()).containsExactly(Channel.EMAIL);
        assertThat(defaults.phoneNumber()).isNull();
        assertThat(defaults.updatedAt()).isNull();
    }

    @Test
    void with_smsAndNoNumber_isRefused() {
        Refusal.of(() -> Preferences.defaults(USER).withChannels(Set.of(Channel.SMS)))
                .ofType(Preferences.class)
                .naming("phoneNumber");
        Refusal.of(() -> Preferences.defaults(USER)
                        .with(Set.of(Channel.SMS), PHONE)
                        .withPhoneNumber(null))
                .naming("phoneNumber");
    }

    @Test
    void with_smsAndNumber_isKept() {
        Preferences preferences = Preferences.defaults(USER).with(Set.of(Channel.SMS), PHONE);

        assertThat(preferences.channels()).containsExactly(Channel.SMS);
        assertThat(preferences.phoneNumber()).isEqualTo(PHONE);
    }

    @Test
    void channels_changedAfterwards_areNotShared() {
        Set<Channel> channels = EnumSet.of(Channel.EMAIL);
        Preferences preferences = Preferences.defaults(USER).withChannels(channels);

        channels.clear();

        assertThat(preferences.channels()).containsExactly(Channel.EMAIL);
    }
}

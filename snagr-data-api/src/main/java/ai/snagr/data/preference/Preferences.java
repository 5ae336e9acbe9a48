package ai.snagr.data.preference;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a user wants to be notified.
 *
 * @param channels the ways that he allows; empty for none
 * @param phoneNumber needed when SMS is among the channels; stored sealed
 * @param updatedAt when it was stored; absent on defaults that were not
 */
public record Preferences(
        UserId userId,
        Set<Channel> channels,
        @Nullable PhoneNumber phoneNumber,
        @Nullable Instant updatedAt) {
    public Preferences {
        requireNonNull(userId, "userId");
        channels = Set.copyOf(channels);
        Check.of(Preferences.class)
                .that(!channels.contains(Channel.SMS) || phoneNumber != null, "phoneNumber", "is needed for SMS")
                .done();
    }

    /** What holds for a user who has chosen nothing: e-mail only. */
    public static Preferences defaults(UserId userId) {
        return new Preferences(userId, Set.of(Channel.EMAIL), null, null);
    }

    public Preferences withChannels(Set<Channel> newChannels) {
        return new Preferences(userId, newChannels, phoneNumber, updatedAt);
    }

    public Preferences withPhoneNumber(@Nullable PhoneNumber newPhoneNumber) {
        return new Preferences(userId, channels, newPhoneNumber, updatedAt);
    }

    public Preferences with(Set<Channel> newChannels, @Nullable PhoneNumber newPhoneNumber) {
        return new Preferences(userId, newChannels, newPhoneNumber, updatedAt);
    }
}

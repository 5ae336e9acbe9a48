package ai.snagr.data.preference;

import ai.snagr.data.SnagrDataException;

/** The preferences of the user that the actor stands for: that user, or NOTIFIER on his behalf (reading only). */
public interface PreferenceRepository {
    /** What the user has chosen, the phone number opened; {@link Preferences#defaults} if he has chosen nothing. */
    Preferences get();

    /**
     * The preferences as stored, replacing what was there. For the user.
     *
     * @throws SnagrDataException ACCESS_DENIED if they are another user's
     */
    Preferences save(Preferences preferences);
}

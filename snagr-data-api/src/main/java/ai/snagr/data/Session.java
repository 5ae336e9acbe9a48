package ai.snagr.data;

import ai.snagr.data.admin.SystemSettingRepository;
import ai.snagr.data.audit.AuditTrail;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.job.JobRepository;
import ai.snagr.data.match.MatchRepository;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import ai.snagr.data.notification.NotificationRepository;
import ai.snagr.data.payment.PaymentRepository;
import ai.snagr.data.preference.PreferenceRepository;
import ai.snagr.data.privacy.PersonalData;
import ai.snagr.data.search.SavedSearchRepository;
import ai.snagr.data.search.SearchRepository;
import ai.snagr.data.unlock.UnlockRepository;
import ai.snagr.data.user.UserRepository;
import org.jspecify.annotations.Nullable;

/**
 * Every repository, bound to one actor. Each call is one statement and one round trip of its own unless it stands
 * inside {@link #inTransaction}. Whatever the actor may not see is absent: an empty result or NOT_FOUND, never a hint.
 *
 * <p>Besides the codes that a method names, any method can fail with ACCESS_DENIED (the actor's role may not do this),
 * PROOF_REQUIRED (an admin's proof has expired), USER_REQUIRED (an actor without a user asks for a user's rows), TIMEOUT,
 * CONCURRENT_UPDATE, UNAVAILABLE (these three retryable, but UNAVAILABLE after closing) or INTERNAL.
 */
public interface Session {
    Actor actor();

    UserRepository users();

    PreferenceRepository preferences();

    SearchRepository searches();

    SavedSearchRepository savedSearches();

    JobRepository jobs();

    MatchRepository matches();

    PaymentRepository payments();

    UnlockRepository unlocks();

    NotificationRepository notifications();

    SystemSettingRepository settings();

    AuditTrail audit();

    PersonalData privacy();

    ChangeFeed changes();

    /**
     * The result of the work, whose statements took effect together or, when it throws, not at all. The session handed
     * in is this actor's, valid inside the work and on its thread only. Called inside a transaction it joins it: there
     * is one commit or rollback, by the outermost call, and what an inner work wrote before it threw is undone only if the
     * outermost throws too. READ COMMITTED; k statements cost k + 1 round trips.
     *
     * @throws X what the work throws, after the rollback
     * @throws SnagrDataException CONCURRENT_UPDATE (retryable) if the transaction was chosen as the loser of a conflict
     */
    @CanIgnoreReturnValue
    <T extends @Nullable Object, X extends Exception> T inTransaction(Work<T, X> work) throws X;

    /** What is to be done in one transaction. */
    @FunctionalInterface
    interface Work<T extends @Nullable Object, X extends Exception> {
        T run(Session session) throws X;
    }
}

package ai.snagr.data.cache;

import ai.snagr.data.Actor;
import ai.snagr.data.Session;
import ai.snagr.data.admin.SystemSettingRepository;
import ai.snagr.data.audit.AuditTrail;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.job.JobRepository;
import ai.snagr.data.match.MatchRepository;
import ai.snagr.data.notification.NotificationRepository;
import ai.snagr.data.payment.PaymentRepository;
import ai.snagr.data.preference.PreferenceRepository;
import ai.snagr.data.privacy.PersonalData;
import ai.snagr.data.search.SavedSearchRepository;
import ai.snagr.data.search.SearchRepository;
import ai.snagr.data.unlock.UnlockRepository;
import ai.snagr.data.user.UserId;
import ai.snagr.data.user.UserRepository;
import org.jspecify.annotations.Nullable;

/** A user's session whose reads of matches look into the cache first. */
final class CachedSession implements Session {
    private final Session session;
    private final UserId user;
    private final MatchPages pages;

    CachedSession(Session session, UserId user, MatchPages pages) {
        this.session = session;
        this.user = user;
        this.pages = pages;
    }

    @Override
    public Actor actor() {
        return session.actor();
    }

    @Override
    public UserRepository users() {
        return session.users();
    }

    @Override
    public PreferenceRepository preferences() {
        return session.preferences();
    }

    @Override
    public SearchRepository searches() {
        return session.searches();
    }

    @Override
    public SavedSearchRepository savedSearches() {
        return session.savedSearches();
    }

    @Override
    public JobRepository jobs() {
        return session.jobs();
    }

    @Override
    public MatchRepository matches() {
        return new CachedMatchRepository(session.matches(), user, pages);
    }

    @Override
    public PaymentRepository payments() {
        return session.payments();
    }

    @Override
    public UnlockRepository unlocks() {
        return session.unlocks();
    }

    @Override
    public NotificationRepository notifications() {
        return session.notifications();
    }

    @Override
    public SystemSettingRepository settings() {
        return session.settings();
    }

    @Override
    public AuditTrail audit() {
        return session.audit();
    }

    @Override
    public PersonalData privacy() {
        return session.privacy();
    }

    @Override
    public ChangeFeed changes() {
        return session.changes();
    }

    /** Inside a transaction nothing is cached: what is read there may never be committed. */
    @Override
    public <T extends @Nullable Object, X extends Exception> T inTransaction(Work<T, X> work) throws X {
        return session.inTransaction(work);
    }
}

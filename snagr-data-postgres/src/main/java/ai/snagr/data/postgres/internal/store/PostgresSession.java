package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Actor;
import ai.snagr.data.Session;
import ai.snagr.data.admin.SystemSettingRepository;
import ai.snagr.data.audit.AuditTrail;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.job.JobRepository;
import ai.snagr.data.match.MatchRepository;
import ai.snagr.data.notification.NotificationRepository;
import ai.snagr.data.payment.PaymentRepository;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.Database;
import ai.snagr.data.preference.PreferenceRepository;
import ai.snagr.data.privacy.PersonalData;
import ai.snagr.data.search.SavedSearchRepository;
import ai.snagr.data.search.SearchRepository;
import ai.snagr.data.unlock.UnlockRepository;
import ai.snagr.data.user.UserRepository;
import org.jspecify.annotations.Nullable;

/** The repositories of one actor, over the pool or over one open transaction. */
public final class PostgresSession implements Session {
    private final Database database;
    private final SubjectKeys subjectKeys;
    private final ChangeSubscriptions subscriptions;
    private final Caller caller;

    /** A session whose statements each run on a connection of the pool. */
    public PostgresSession(
            Database database, SubjectKeys subjectKeys, ChangeSubscriptions subscriptions, ActorContext context) {
        this(
                database,
                subjectKeys,
                subscriptions,
                new Caller(database.statements(), database.auditStatements(), context));
    }

    private PostgresSession(
            Database database, SubjectKeys subjectKeys, ChangeSubscriptions subscriptions, Caller caller) {
        this.database = database;
        this.subjectKeys = subjectKeys;
        this.subscriptions = subscriptions;
        this.caller = caller;
    }

    @Override
    public Actor actor() {
        return caller.context().actor();
    }

    @Override
    public UserRepository users() {
        return new JdbiUserRepository(caller);
    }

    @Override
    public PreferenceRepository preferences() {
        return new JdbiPreferenceRepository(caller, subjectKeys);
    }

    @Override
    public SearchRepository searches() {
        return new JdbiSearchRepository(caller);
    }

    @Override
    public SavedSearchRepository savedSearches() {
        return new JdbiSavedSearchRepository(caller);
    }

    @Override
    public JobRepository jobs() {
        return new JdbiJobRepository(caller);
    }

    @Override
    public MatchRepository matches() {
        return new JdbiMatchRepository(caller, subjectKeys);
    }

    @Override
    public PaymentRepository payments() {
        return new JdbiPaymentRepository(caller);
    }

    @Override
    public UnlockRepository unlocks() {
        return new JdbiUnlockRepository(caller, subjectKeys);
    }

    @Override
    public NotificationRepository notifications() {
        return new JdbiNotificationRepository(caller);
    }

    @Override
    public SystemSettingRepository settings() {
        return new JdbiSystemSettingRepository(caller);
    }

    @Override
    public AuditTrail audit() {
        return new JdbiAuditTrail(caller);
    }

    @Override
    public PersonalData privacy() {
        return new JdbiPersonalData(caller, preferences(), unlocks());
    }

    @Override
    public ChangeFeed changes() {
        return new JdbiChangeFeed(caller, subscriptions);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T inTransaction(Work<T, X> work) throws X {
        if (caller.statements().inTransaction()) {
            return work.run(this);
        }
        return database.inTransaction(
                caller.context(),
                scope -> work.run(new PostgresSession(
                        database, subjectKeys, subscriptions, new Caller(scope, caller.outside(), caller.context()))));
    }
}

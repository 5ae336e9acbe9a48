package ai.snagr.data.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.change.ConsumerName;
import ai.snagr.data.change.Position;
import ai.snagr.data.change.Subscription;
import ai.snagr.data.job.Job;
import ai.snagr.data.job.JobFailure;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.notification.NewNotification;
import ai.snagr.data.notification.Notification;
import ai.snagr.data.notification.NotificationLease;
import ai.snagr.data.payment.NewPayment;
import ai.snagr.data.payment.Payment;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.search.Frequency;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.SavedSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.unlock.SuggestedMessage;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.User;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One user with a row in every table, and every method of every repository called with what belongs to him: for tests that
 * must leave no method out.
 */
public record Possessions(
        User user,
        Preferences preferences,
        Search search,
        SavedSearch saved,
        Job failed,
        JobLease lease,
        Match match,
        Match locked,
        Payment payment,
        Unlock unlock,
        Notification notification,
        NotificationLease notificationLease,
        Filling filling) {
    /** A new user of that store, registered, with one of everything. */
    public static Possessions of(SnagrData data) {
        return of(new Scene(data));
    }

    /** The same, with nothing in it that may be left out, and calls that leave it out. */
    public static Possessions sparse(SnagrData data) {
        return of(new Scene(data), Filling.SPARSE);
    }

    static Possessions of(Scene scene) {
        return of(scene, Filling.FULL);
    }

    private static Possessions of(Scene scene, Filling filling) {
        boolean full = filling == Filling.FULL;
        User user = full
                ? scene.register(Scene.freshEmail())
                : scene.service(ServiceRole.AUTH).users().create(NewUser.of(Scene.freshEmail()));
        UserId id = user.id();
        Session alice = scene.as(id);
        Session matcher = scene.service(ServiceRole.MATCHER, id);
        Session notifier = scene.service(ServiceRole.NOTIFIER, id);
        Preferences preferences = alice.preferences()
                .save(
                        full
                                ? Preferences.defaults(id)
                                        .with(Set.of(Channel.EMAIL, Channel.SMS), new PhoneNumber("+18285550123"))
                                : Preferences.defaults(id));
        Search search = scene.search(id, "unmistakable theremin");
        JobLease first = scene.lease(id);
        matcher.matches().upsertAll(first, Stream.of(filling.match("listing-1", 0.9), filling.match("listing-2", 0.8)));
        Job failed = matcher.jobs().fail(first, JobFailure.permanent("given up"));
        List<Match> matches =
                alice.matches().listBySearch(search.id(), MatchQuery.top(2)).items();
        VerifiedPayment paid = Scene.payment(id, matches.get(0).id());
        Unlock unlock = scene.service(ServiceRole.PAYMENTS, id)
                .unlocks()
                .unlock(matches.get(0).id(), paid);
        SavedSearch saved =
                alice.savedSearches().save(search.id(), Frequency.DAILY, Instant.parse("2099-01-01T00:00:00Z"));
        assertThat(alice.jobs().rerun(search.id())).isNotNull();
        JobLease lease = scene.lease(id);
        Notification notification = notifier.notifications()
                .createAll(List.of(new NewNotification(id, search.id(), Channel.EMAIL, "New listings")))
                .get(0);
        NotificationLease notificationLease =
                notifier.notifications().claim(Duration.ofHours(1), 1).get(0);
        return new Possessions(
                user,
                preferences,
                search,
                saved,
                failed,
                lease,
                matches.get(0),
                matches.get(1),
                alice.payments().get(unlock.paymentId()),
                unlock,
                notification,
                notificationLease,
                filling);
    }

    /** The ids of all that the user has: in no answer to somebody else may one of them stand. */
    public List<String> ids() {
        return Stream.of(
                        user.id(),
                        search.id(),
                        saved.id(),
                        failed.id(),
                        lease.jobId(),
                        match.id(),
                        locked.id(),
                        payment.id(),
                        unlock.id(),
                        notification.id())
                .map(Object::toString)
                .toList();
    }

    /** Everything that the user has, as he and the services that stand for him read it from that store. */
    public List<Object> snapshot(SnagrData data) {
        return snapshot(new Scene(data));
    }

    /** Everything that the user has, as he and the services that stand for him read it. */
    List<Object> snapshot(Scene scene) {
        Session alice = scene.as(user.id());
        return List.of(
                alice.users().get(user.id()),
                scene.service(ServiceRole.AUTH, user.id()).users().findLogin(user.email()),
                alice.preferences().get(),
                alice.searches().list(Page.first(100)),
                alice.savedSearches().find(saved.id()),
                alice.jobs().listBySearch(search.id(), Page.first(100)),
                alice.matches().get(match.id()),
                alice.matches().get(locked.id()),
                alice.matches().listBySearch(search.id(), MatchQuery.top(100)),
                alice.payments().list(Page.first(100)),
                alice.unlocks().list(Page.first(100)),
                alice.unlocks().find(match.id()),
                alice.notifications().list(Page.first(100)));
    }

    /** Each method of each repository, called with what belongs to the user. */
    public Map<String, Function<Session, @Nullable Object>> attempts() {
        Page page = Page.first(200);
        Map<String, Function<Session, @Nullable Object>> all = new LinkedHashMap<>();
        all.put("users.create", s -> s.users().create(NewUser.of(user.email())));
        all.put("users.find", s -> s.users().find(user.id()));
        all.put("users.get", s -> s.users().get(user.id()));
        all.put("users.findAll", s -> s.users().findAll(List.of(user.id())));
        all.put("users.findByEmail", s -> s.users().findByEmail(user.email()));
        all.put("users.findLogin", s -> s.users().findLogin(user.email()));
        all.put("users.changePassword", s -> {
            s.users().changePassword(Scene.PASSWORD_HASH);
            return null;
        });
        all.put("users.deactivate", s -> s.users().deactivate(user.id()));
        all.put("users.activate", s -> s.users().activate(user.id()));
        all.put("users.delete", s -> s.users().delete(user.id()));
        all.put("preferences.get", s -> s.preferences().get());
        all.put("preferences.save", s -> s.preferences().save(Preferences.defaults(user.id())));
        all.put("searches.create", s -> s.searches().create(NewSearch.of("theremin of my own")));
        all.put("searches.find", s -> s.searches().find(search.id()));
        all.put("searches.get", s -> s.searches().get(search.id()));
        all.put("searches.findAll", s -> s.searches().findAll(List.of(search.id())));
        all.put("searches.list", s -> s.searches().list(page));
        all.put("searches.listByText", s -> s.searches().listByText("theremin", page));
        all.put("searches.touch", s -> {
            s.searches().touch(search.id());
            return null;
        });
        all.put("searches.delete", s -> s.searches().delete(search.id()));
        all.put("savedSearches.save", s -> s.savedSearches().save(search.id(), Frequency.WEEKLY, Instant.EPOCH));
        all.put("savedSearches.find", s -> s.savedSearches().find(saved.id()));
        all.put("savedSearches.listActive", s -> s.savedSearches().listActive(page));
        all.put("savedSearches.pause", s -> s.savedSearches().pause(saved.id()));
        all.put("savedSearches.delete", s -> s.savedSearches().delete(saved.id()));
        all.put("jobs.find", s -> s.jobs().find(failed.id()));
        all.put("jobs.get", s -> s.jobs().get(failed.id()));
        all.put("jobs.listBySearch", s -> s.jobs().listBySearch(search.id(), page));
        all.put("jobs.rerun", s -> s.jobs().rerun(search.id()));
        all.put("jobs.startDue", s -> s.jobs().startDue(1_000));
        all.put("jobs.claim", s -> s.jobs().claim(Duration.ofHours(1), 1_000));
        all.put("jobs.extend", s -> s.jobs().extend(lease, Duration.ofHours(2)));
        all.put("jobs.complete", s -> s.jobs().complete(lease));
        all.put("jobs.fail", s -> s.jobs().fail(lease, JobFailure.permanent("meddled")));
        all.put("jobs.listFailed", s -> s.jobs().listFailed(page));
        all.put("matches.find", s -> s.matches().find(match.id()));
        all.put("matches.get", s -> s.matches().get(match.id()));
        all.put("matches.findAll", s -> s.matches().findAll(List.of(match.id(), locked.id())));
        all.put(
                "matches.listBySearch",
                s -> Stream.of(
                                MatchQuery.of(page),
                                MatchQuery.of(page).withText("playstation"),
                                MatchQuery.of(page).within(10_000).priceAtLeast(locked.price()))
                        .map(query -> s.matches().listBySearch(search.id(), query))
                        .toList());
        all.put(
                "matches.listBySearchIfChanged",
                s -> s.matches().listBySearchIfChanged(search.id(), MatchQuery.of(page), Optional.empty()));
        all.put("matches.upsertAll", s -> s.matches().upsertAll(lease, Stream.of(filling.match("listing-2", 0.1))));
        all.put(
                "payments.create",
                s -> s.payments().create(new NewPayment(match.id(), payment.stripeId(), payment.amount())));
        all.put("privacy.export", s -> PersonalDataContract.export(s));
        all.put("payments.find", s -> s.payments().find(payment.id()));
        all.put("payments.get", s -> s.payments().get(payment.id()));
        all.put("payments.findByStripeId", s -> s.payments().findByStripeId(payment.stripeId()));
        all.put("payments.list", s -> s.payments().list(page));
        all.put("payments.fail", s -> s.payments().fail(payment.stripeId()));
        all.put("payments.beginRefund", s -> s.payments().beginRefund(payment.stripeId()));
        all.put("payments.completeRefund", s -> s.payments().completeRefund(payment.stripeId()));
        all.put("unlocks.unlock", s -> s.unlocks().unlock(locked.id(), Scene.payment(user.id(), locked.id())));
        all.put("unlocks.find", s -> s.unlocks().find(match.id()));
        all.put("unlocks.list", s -> s.unlocks().list(page));
        all.put("unlocks.suggestMessage", s -> s.unlocks().suggestMessage(match.id(), filling.message()));
        all.put("unlocks.reveal", s -> s.unlocks().reveal(match.id()));
        all.put(
                "notifications.createAll",
                s -> s.notifications()
                        .createAll(List.of(new NewNotification(user.id(), search.id(), Channel.EMAIL, "Meddled"))));
        all.put("notifications.find", s -> s.notifications().find(notification.id()));
        all.put("notifications.list", s -> s.notifications().list(page));
        all.put("notifications.claim", s -> s.notifications().claim(Duration.ofHours(1), 1_000));
        all.put("notifications.acknowledge", s -> s.notifications().acknowledge(notificationLease));
        all.put("notifications.retry", s -> s.notifications().retry(notificationLease, Duration.ZERO));
        all.put("settings.list", s -> s.settings().list());
        all.put("settings.find", s -> s.settings().find("search.enabled"));
        all.put("settings.save", s -> s.settings().save("search.enabled", "true"));
        all.put("audit.list", s -> s.audit().list(page));
        all.put("audit.listByActor", s -> s.audit().listByActor(user.id().toString(), page));
        all.put("changes.poll", s -> s.changes().poll(Position.START, 100));
        all.put("changes.acknowledged", s -> s.changes().acknowledged(new ConsumerName("possessions")));
        all.put("changes.acknowledge", s -> {
            s.changes().acknowledge(new ConsumerName("possessions"), Position.START);
            return null;
        });
        all.put("changes.subscribe", s -> {
            try (Subscription subscription = s.changes().subscribe(new ConsumerName("possessions"), batch -> {})) {
                return subscription.position();
            }
        });
        all.put("changes.purge", s -> s.changes().purge(Duration.ofDays(365), 100));
        return all;
    }

    /** Whether what may be left out is there. */
    public enum Filling {
        FULL,
        SPARSE;

        private NewMatch match(String externalId, double score) {
            NewMatch match = Scene.newMatch(externalId, score);
            return this == FULL
                    ? match
                    : new NewMatch(
                            externalId,
                            match.title(),
                            match.price(),
                            null,
                            null,
                            Sensitive.of(SellerInfo.of("Sam Seller", null)),
                            match.listingUrl(),
                            null,
                            null,
                            score);
        }

        private Optional<SuggestedMessage> message() {
            return this == FULL ? Optional.of(SuggestedMessage.of("Hello")) : Optional.empty();
        }
    }
}

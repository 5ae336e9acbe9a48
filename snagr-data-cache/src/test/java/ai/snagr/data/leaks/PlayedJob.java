package ai.snagr.data.leaks;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.cache.CacheSettings;
import ai.snagr.data.cache.CachedSnagrData;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.notification.NewNotification;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.search.Search;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.SuggestedMessage;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.User;
import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * The whole job in a process of its own, which logs all that anything has to say, provokes what errors there are, and prints
 * them and what the API gave it; then it closes the store and leaves a dump of its heap.
 */
final class PlayedJob {
    static final String SELLER = "Canary Seller-5e11e7";
    static final String CONTACT = "canary-5e11e7@seller.example";
    static final String ADDRESS = "https://canary-market.example/item/5e11e7";
    static final String PHONE = "+18285550147";
    static final String CARD = "4242424242424242";

    private PlayedJob() {}

    /**
     * Plays the job.
     *
     * @param arguments URL, user and password of the database, URI of Redis, key store and its password, file of the dump
     */
    public static void main(String... arguments) throws Exception {
        try (KeyProvider keys = Keys.fromKeyStore(Path.of(arguments[4]), arguments[5].toCharArray())) {
            try (SnagrData store = PostgresSnagrData.builder()
                            .primary(arguments[0], arguments[1], arguments[2])
                            .keys(keys)
                            .build();
                    SnagrData data = CachedSnagrData.wrap(store, CacheSettings.redis(arguments[3]))) {
                play(data);
            }
        }
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(arguments[6], true);
        System.exit(0);
    }

    private static void play(SnagrData data) throws IOException {
        Samples samples = Samples.create();
        User user = samples.registeredUser(data);
        Session own = data.as(Actor.user(user.id()));
        Session matcher = data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(user.id()));
        Preferences preferences = own.preferences()
                .save(Preferences.defaults(user.id()).with(Set.of(Channel.SMS), new PhoneNumber(PHONE)));
        Search search = samples.search(own);
        JobLease lease = samples.claimedJob(data, search);
        NewMatch found = listing("canary-1");
        show(user, own, preferences, search, lease, found, matcher.matches().upsertAll(lease, Stream.of(found)));
        provoke(() -> matcher.matches().upsertAll(lease, Stream.of(listing("canary-2"), listing("canary-2"))));
        provoke(() -> matcher.matches()
                .upsertAll(lease, Stream.of(listing("canary-3")).peek(listing -> {
                    throw new IllegalStateException("the source broke at " + listing);
                })));
        show(matcher.jobs().complete(lease));
        Match match = own.matches().listBySearch(search.id(), MatchQuery.top(5)).first();
        show(
                match,
                own.matches().listBySearch(search.id(), MatchQuery.top(5)),
                own.matches().get(match.id()));
        provoke(() -> own.unlocks().reveal(match.id()));
        provoke(() -> own.unlocks().suggestMessage(match.id(), Optional.of(SuggestedMessage.of("pay " + CARD))));
        provoke(() -> new NewNotification(user.id(), search.id(), Channel.SMS, "card " + CARD));
        provoke(() -> new PhoneNumber(PHONE + "x"));
        provoke(() -> WebUrl.of(ADDRESS + " with a space"));
        Unlock unlock = samples.unlock(data, user.id(), match.id());
        RevealedMatch revealed = own.unlocks().reveal(match.id());
        require(revealed.seller().expose().name().equals(SELLER)
                && revealed.listingUrl().expose().value().equals(ADDRESS));
        show(
                unlock,
                revealed,
                revealed.seller(),
                revealed.listingUrl(),
                own.unlocks().list(Page.first(5)));
        Session notifier = data.as(Actor.service(ServiceRole.NOTIFIER).onBehalfOf(user.id()));
        PhoneNumber read = requireNonNull(notifier.preferences().get().phoneNumber());
        require(read.value().equals(PHONE));
        show(
                read,
                notifier.preferences().get(),
                notifier.notifications().createAll(List.of(samples.newNotification(search))));
        own.privacy().export(OutputStream.nullOutputStream());
        provoke(() -> {
            own.privacy().export(new Broken());
            return "";
        });
    }

    private static NewMatch listing(String id) {
        return new NewMatch(
                id,
                "visible-title",
                Money.of(4_200, "USD"),
                "visible",
                null,
                Sensitive.of(new SellerInfo(SELLER, WebUrl.of(ADDRESS + "/seller"), CONTACT, Map.of("phone", PHONE))),
                Sensitive.of(WebUrl.of(ADDRESS)),
                Instant.EPOCH,
                1,
                0.5);
    }

    private static void show(Object... given) {
        for (Object one : given) {
            System.out.println(one);
        }
    }

    private static void provoke(Callable<?> wrong) {
        try {
            Object ignored = wrong.call();
        } catch (Exception failure) {
            failure.printStackTrace(System.out);
            require(failure instanceof SnagrDataException
                    || failure instanceof IOException
                    || failure instanceof RuntimeException);
            return;
        }
        throw new IllegalStateException("nothing was wrong with it");
    }

    private static void require(boolean right) {
        if (!right) {
            throw new IllegalStateException("the job did not come out");
        }
    }

    private static final class Broken extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            throw new IOException("the pipe broke");
        }
    }
}

package ai.snagr.data.snippets;

import ai.snagr.data.Actor;
import ai.snagr.data.AdminProof;
import ai.snagr.data.Money;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.cache.CacheSettings;
import ai.snagr.data.cache.CachedSnagrData;
import ai.snagr.data.change.ChangeBatch;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.change.ChangeListener;
import ai.snagr.data.change.ConsumerName;
import ai.snagr.data.change.Position;
import ai.snagr.data.change.Subscription;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.payment.StripeWebhooks;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.payment.WebhookEvent;
import ai.snagr.data.payment.WebhookSecret;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.UserId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The examples of README and docs, as code that compiles. Each stands between {@code // region name} and
 * {@code // endregion}; a test of the Markdown files compares their Java blocks with these regions.
 */
final class SnippetsTest {
    private SnippetsTest() {}

    @SuppressWarnings("UnusedVariable") // the example ends where it has what it shows
    static void mainJob(
            String url,
            String user,
            String password,
            KeyProvider keys,
            String redisUri,
            UserId aliceId,
            VerifiedPayment payment) {
        // region main-job
        try (SnagrData data = PostgresSnagrData.builder()
                        .primary(url, user, password)
                        .keys(keys) // Keys.fromKeyStore(path, password)
                        .build(); // migrates, verifies, then serves
                SnagrData cached = CachedSnagrData.wrap(data, CacheSettings.redis(redisUri))) {
            Session alice = cached.as(Actor.user(aliceId)); // every statement runs as her, under row-level security
            Search search = alice.searches().create(NewSearch.of("PS5 under $400")); // search + job, one statement
            Slice<Match> page = alice.matches().listBySearch(search.id(), MatchQuery.top(20));
            Unlock unlock = alice.unlocks().unlock(page.first().id(), payment); // payment + unlock, one statement
            RevealedMatch revealed = alice.unlocks().reveal(unlock.matchId()); // decrypted, and audited
        }
        // endregion
    }

    static int webhook(SnagrData data, WebhookSecret secret, byte[] rawBody, String signatureHeader) {
        // region webhook
        StripeWebhooks webhooks = StripeWebhooks.live(secret); // once, at the start
        try {
            WebhookEvent event = webhooks.verify(rawBody, signatureHeader);
            event.payment()
                    .ifPresent(payment -> data.as(
                                    Actor.service(ServiceRole.PAYMENTS).onBehalfOf(payment.userId()))
                            .unlocks()
                            .unlock(payment.matchId(), payment));
            return 200; // a payment, or an event from which nothing follows
        } catch (SnagrDataException e) {
            return switch (e.code()) {
                case WEBHOOK_REFUSED -> 400;
                case ALREADY_UNLOCKED, PAYMENT_MISMATCH, WRONG_STATE, NOT_FOUND -> 200; // for people: give it back
                default -> 500; // Stripe sends it again
            };
        }
        // endregion
    }

    static void personalData(SnagrData data, UserId aliceId, Path file) throws IOException {
        // region personal-data
        try (OutputStream out = Files.newOutputStream(file)) {
            data.as(Actor.user(aliceId)).privacy().export(out);
        }
        // endregion
    }

    static List<Session> actors(SnagrData data, UserId aliceId, AdminProof proof) {
        // region actors
        Session alice = data.as(Actor.user(aliceId));
        Session matcher = data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(aliceId));
        Session operator = data.as(Actor.admin("jo", "ticket 4711", proof));
        // endregion
        return List.of(alice, matcher, operator);
    }

    static Slice<Match> secondPage(Session alice, SearchId searchId) {
        // region pages
        MatchQuery cheap = MatchQuery.top(20).priceAtMost(Money.of(400_00, "USD"));
        Slice<Match> first = alice.matches().listBySearch(searchId, cheap);
        Slice<Match> second = first.next()
                .map(next -> alice.matches().listBySearch(searchId, cheap.after(next)))
                .orElse(Slice.empty());
        // endregion
        return second;
    }

    static void createKeyStore() throws IOException {
        // region create-key-store
        Path secret = Path.of("/run/secrets/key-store-password");
        char[] password = Files.readString(secret).strip().toCharArray();
        Keys.createKeyStore(Path.of("/etc/snagr/keys.bcfks"), password);
        Arrays.fill(password, '\0');
        // endregion
    }

    static int rotateKeyStore(char[] password) {
        // region rotate-key-store
        int version = Keys.rotateKeyStore(Path.of("/etc/snagr/keys.bcfks"), password);
        // endregion
        return version;
    }

    static void followChanges(SnagrData data, ChangeListener refresh, CountDownLatch stop) throws InterruptedException {
        // region follow-changes
        ChangeFeed feed = data.as(Actor.service(ServiceRole.FEED)).changes();
        try (Subscription changes = feed.subscribe(new ConsumerName("search-index"), refresh)) {
            stop.await(); // as long as the service runs
            changes.failure().ifPresent(failure -> System.err.println("not told at present: " + failure.getClass()));
        }
        // endregion
    }

    static Position pollChanges(ChangeFeed feed, Position kept, ChangeListener refresh) throws Exception {
        // region poll-changes
        ChangeBatch batch = feed.poll(kept, ChangeFeed.MAX_BATCH); // at first Position.START
        if (!batch.changes().isEmpty()) {
            refresh.changed(batch); // read the rows that it names; all of them after Change.EVERYTHING
        }
        return batch.next(); // keep its token() only now
        // endregion
    }
}

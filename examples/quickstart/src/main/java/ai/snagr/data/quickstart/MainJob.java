package ai.snagr.data.quickstart;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.bulk.BulkReport;
import ai.snagr.data.cache.CacheSettings;
import ai.snagr.data.cache.CachedSnagrData;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchDetails;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.payment.StripeWebhooks;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.search.SearchParameters;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.StripeEvents;
import ai.snagr.data.testkit.WireRelay;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.User;
import ai.snagr.data.user.UserId;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The product, played once: from a search over payment to the seller, and what others see of it. */
final class MainJob {
    private static final Money PRICE_OF_A_REVEAL = Money.of(299, "USD");
    private static final StripePaymentId PAYMENT_ID = StripePaymentId.of("pi_quickstart_0001");
    private static final int READS_COUNTED = 20;

    private final ListingsFile file;
    private final ListingsFile.Scan scan;
    private final Servers servers;
    private final Story story;

    MainJob(ListingsFile file, ListingsFile.Scan scan, Servers servers, Story story) {
        this.file = file;
        this.scan = scan;
        this.servers = servers;
        this.story = story;
    }

    Report run() throws Exception {
        try (KeyProvider keys = Keys.ephemeral();
                SnagrData data = story.step("migrate", () -> open(servers.jdbcUrl(), keys));
                SnagrData cached = CachedSnagrData.wrap(data, CacheSettings.redis(servers.redisUri()))) {
            story.told("migrate", "Schema migrated; serving as a login that owns nothing");
            return play(cached, keys);
        }
    }

    private Report play(SnagrData data, KeyProvider keys) throws Exception {
        Session alice = data.as(Actor.user(register(data, "register", "alice@example.org")));
        Session bob = data.as(Actor.user(register(data, "registerOther", "bob@example.org")));
        story.told("register", "Alice and Bob registered");

        Search search = story.step("search", () -> alice.searches().create(search()));
        story.told("search", "Alice searches for: " + Relevance.QUERY);

        BulkReport loaded = story.step("load", () -> work(data, search.id()));
        story.told("load", String.format(Locale.ROOT, "A worker loads %,d listings as matches", loaded.inserted()));
        tellRejections();

        Slice<Match> top = story.step("page", () -> alice.matches().listBySearch(search.id(), MatchQuery.top(5)));
        story.told("page", "Alice sees the best first, without seller or address");
        top.forEach(match -> story.detail(line(match)));

        MatchId chosen = top.first().id();
        String before = story.step("refuse", () -> outcome(() -> alice.unlocks().reveal(chosen)));
        story.told("refuse", "Alice asks for the seller before paying: " + before);

        VerifiedPayment payment = pay(((Actor.UserActor) alice.actor()).id(), chosen);
        Unlock unlock = story.step("pay", () -> alice.unlocks().unlock(chosen, payment));
        story.told("pay", "Alice pays $2.99; payment and unlock are one statement");

        RevealedMatch revealed = story.step("reveal", () -> alice.unlocks().reveal(unlock.matchId()));
        boolean complete = revealed.seller().expose().profileUrl() != null
                && revealed.listingUrl().expose().value().contains("/rooms/");
        story.told("reveal", "Seller and address are opened for her, and the reveal is on record");
        story.detail(revealed.seller().expose().name() + "  ·  "
                + revealed.listingUrl().expose().value());

        Unlock again = story.step("payAgain", () -> alice.unlocks().unlock(chosen, payment));
        long unlocks = alice.unlocks().list(Page.first(Page.MAX_SIZE)).size();
        story.told(
                "payAgain",
                "The same payment arrives again: "
                        + (again.equals(unlock) ? "the same unlock, nothing doubled" : "ANOTHER UNLOCK"));

        long otherSees = story.step("otherUser", () -> visibleTo(bob, search.id(), chosen));
        story.told("otherUser", "Bob asks for all of it and sees " + otherSees + " rows");

        long roundTrips = story.step("countRoundTrips", () -> countRoundTrips(keys, alice.actor(), chosen));
        story.told(
                "countRoundTrips",
                String.format(
                        Locale.ROOT,
                        "A read under row-level security, counted on the wire: %d round trip%s",
                        roundTrips,
                        roundTrips == 1 ? "" : "s"));

        PlaintextScan.Result plaintext = story.step("plaintextScan", this::scanTables);
        story.told(
                "plaintextScan",
                String.format(
                        Locale.ROOT,
                        "%,d rows of %d tables hold %d sellers or addresses in clear",
                        plaintext.rows(),
                        plaintext.tables(),
                        plaintext.hits()));

        return new Report(
                scan.rowsRead(),
                loaded.inserted() + loaded.updated(),
                scan.rejections(),
                before,
                complete,
                otherSees,
                plaintext.hits(),
                unlocks,
                roundTrips,
                servers.postgres(),
                servers.redis(),
                story.millis());
    }

    /** What Stripe's webhook says when she has paid: signed by a stand-in, and checked as the real one is. */
    private static VerifiedPayment pay(UserId user, MatchId match) {
        StripeEvents stripe = StripeEvents.create();
        StripeEvents.Delivery webhook = stripe.deliver(
                StripeEvents.succeeded(StripeEvents.newEventId(), PAYMENT_ID, PRICE_OF_A_REVEAL, user, match));
        return StripeWebhooks.test(stripe.secret())
                .verify(webhook.body(), webhook.signature())
                .payment()
                .orElseThrow();
    }

    private SnagrData open(String jdbcUrl, KeyProvider keys) {
        return PostgresSnagrData.builder()
                .primary(jdbcUrl, servers.owner(), servers.ownerPassword())
                .keys(keys)
                .build();
    }

    private UserId register(SnagrData data, String step, String address) throws Exception {
        User user = story.step(
                step,
                () -> data.as(Actor.service(ServiceRole.AUTH)).users().create(NewUser.of(EmailAddress.of(address))));
        return user.id();
    }

    private static NewSearch search() {
        return NewSearch.of(Relevance.QUERY)
                .withParameters(SearchParameters.none()
                        .withPrice(null, Money.of(Relevance.MAX_DOLLARS * 100, "USD"))
                        .within(Relevance.CENTER, Relevance.RADIUS_METERS));
    }

    /** What the background worker does: claim the job, write what was found, end the job. */
    private BulkReport work(SnagrData data, SearchId search) {
        Actor.ServiceActor matcher = Actor.service(ServiceRole.MATCHER);
        JobLease lease = data.as(matcher).jobs().claim(Duration.ofMinutes(5), 1).get(0);
        if (!lease.searchId().equals(search)) {
            throw new IllegalStateException("the worker was given another search's job");
        }
        long[] done = {0};
        try (Stream<NewMatch> listings = file.accepted()) {
            BulkReport report = data.as(matcher.onBehalfOf(lease.userId()))
                    .matches()
                    .upsertAll(lease, listings.peek(listing -> story.progress(++done[0], scan.accepted())));
            data.as(matcher).jobs().complete(lease);
            return report;
        }
    }

    private void tellRejections() {
        if (scan.rejections().isEmpty()) {
            return;
        }
        story.detail(String.format(
                Locale.ROOT,
                "%,d of %,d rows were not loaded; --json gives line and reason of the first 20:",
                scan.rejections().size(),
                scan.rowsRead()));
        Map<String, List<Rejection>> byReason = scan.rejections().stream()
                .collect(Collectors.groupingBy(MainJob::shortReason, LinkedHashMap::new, Collectors.toList()));
        byReason.forEach((reason, rejections) -> story.detail(String.format(
                Locale.ROOT,
                "%,5d × %s, first in line %d",
                rejections.size(),
                reason,
                rejections.get(0).line())));
    }

    private static String shortReason(Rejection rejection) {
        String reason = rejection.reason();
        int end = reason.indexOf(':');
        return rejection.column() + " " + (end < 0 ? reason : reason.substring(0, end));
    }

    private static String line(Match match) {
        String title = match.title().replaceAll("\\s+", " ");
        String cut = title.length() <= 44 ? title : title.substring(0, 43) + "…";
        return String.format(
                Locale.ROOT,
                "%.3f  $%-5d %5.1f km  %s",
                match.relevanceScore(),
                match.price().minorUnits() / 100,
                match.distanceMeters() == null ? 0.0 : match.distanceMeters() / 1000.0,
                cut);
    }

    private static String outcome(Supplier<RevealedMatch> reveal) {
        try {
            RevealedMatch ignored = reveal.get();
            return "revealed";
        } catch (SnagrDataException e) {
            return e.code() == ErrorCode.NOT_UNLOCKED ? "refused" : e.code().name();
        }
    }

    /** How many rows of Alice's Bob can reach, by every read that takes one of her ids. */
    private static long visibleTo(Session bob, SearchId search, MatchId match) {
        List<Object> seen = new ArrayList<>();
        bob.searches().find(search).ifPresent(seen::add);
        bob.searches().list(Page.first(Page.MAX_SIZE)).forEach(seen::add);
        bob.jobs().listBySearch(search, Page.first(Page.MAX_SIZE)).forEach(seen::add);
        bob.matches().find(match).ifPresent(seen::add);
        bob.matches().listBySearch(search, MatchQuery.top(Page.MAX_SIZE)).forEach(seen::add);
        bob.matches()
                .listBySearch(search, MatchQuery.top(Page.MAX_SIZE).withText("cottage"))
                .forEach(seen::add);
        bob.payments().findByStripeId(PAYMENT_ID).ifPresent(seen::add);
        bob.unlocks().find(match).ifPresent(seen::add);
        bob.unlocks().list(Page.first(Page.MAX_SIZE)).forEach(seen::add);
        if (!outcome(() -> bob.unlocks().reveal(match)).equals("refused")) {
            seen.add("revealed");
        }
        return seen.size();
    }

    /**
     * The round trips of one read: the median of several, each counted by a relay between client and server. Some carry the
     * pool's own question whether a connection that lay idle still lives.
     */
    private long countRoundTrips(KeyProvider keys, Actor actor, MatchId match) throws Exception {
        try (WireRelay relay = WireRelay.to(servers.jdbcUrl());
                SnagrData counted = open(relay.jdbcUrl(servers.jdbcUrl()), keys)) {
            Session session = counted.as(actor);
            long[] counts = new long[READS_COUNTED];
            for (int i = 0; i < READS_COUNTED; i++) {
                relay.resetRoundTrips();
                MatchDetails ignored = session.matches().get(match);
                counts[i] = relay.roundTrips();
            }
            Arrays.sort(counts);
            return counts[READS_COUNTED / 2];
        }
    }

    private PlaintextScan.Result scanTables() throws Exception {
        try (Connection superuser = servers.superuser()) {
            return new PlaintextScan().scan(superuser);
        }
    }
}

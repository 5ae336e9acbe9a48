package ai.snagr.data.testkit;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.WebUrl;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.notification.NewNotification;
import ai.snagr.data.payment.NewPayment;
import ai.snagr.data.payment.StripeEventId;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.search.GeoPoint;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.search.SearchParameters;
import ai.snagr.data.testkit.internal.TestAdmins;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.PasswordHash;
import ai.snagr.data.user.User;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Valid records, and short ways to a state that a test starts from. The n-th sample of a seed is the same in every run; what
 * the schema wants unique differs between samples, and between seeds. Thread-safe.
 */
public final class Samples {
    private static final long DEFAULT_SEED = 1;
    private static final Instant POSTED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LEASE = Duration.ofHours(1);
    private static final List<String> THINGS =
            List.of("road bike", "standing desk", "game console", "film camera", "electric guitar", "espresso machine");
    private static final List<String> STATES =
            List.of("like new", "well kept", "with box", "needs repair", "hardly used");
    private static final List<String> NAMES = List.of("Ada", "Bo", "Chidi", "Dolores", "Émile", "Fatima", "Grażyna");

    private final long seed;
    private final StripeEvents stripe = StripeEvents.create();
    private final AtomicLong count = new AtomicLong();
    private final Map<SearchId, JobLease> leases = new ConcurrentHashMap<>();

    private Samples(long seed) {
        this.seed = seed;
    }

    public static Samples create() {
        return new Samples(DEFAULT_SEED);
    }

    /**
     * Other samples, for a second set in the same database.
     *
     * @param seed 0 to 999,999
     */
    public static Samples ofSeed(long seed) {
        if (seed < 0 || seed > 999_999) {
            throw new IllegalArgumentException("seed must be between 0 and 999999");
        }
        return new Samples(seed);
    }

    /** An admin whom every store of the testkit admits. */
    public static Actor.AdminActor admin(String id, String reason) {
        return Actor.admin(id, reason, TestAdmins.PROOF);
    }

    /** An address that no other sample has. */
    public EmailAddress email() {
        Draw draw = draw();
        return EmailAddress.of("sample." + seed + "." + draw.number + "@example.org");
    }

    public PasswordHash passwordHash() {
        Draw draw = draw();
        return new PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$" + draw.letters(22) + "$" + draw.letters(43));
    }

    /** A user with an address of his own and a password. */
    public NewUser newUser() {
        return NewUser.of(email(), passwordHash());
    }

    public PhoneNumber phoneNumber() {
        return new PhoneNumber("+1828555" + String.format("%04d", draw().random.nextInt(10_000)));
    }

    /** Both channels, with a phone number. */
    public Preferences preferences(UserId userId) {
        return Preferences.defaults(userId).with(Set.of(Channel.EMAIL, Channel.SMS), phoneNumber());
    }

    /** A search with a price range, a place and one attribute. */
    public NewSearch newSearch() {
        Draw draw = draw();
        int limit = 5_000 + draw.random.nextInt(95_000);
        SearchParameters parameters = SearchParameters.none()
                .withPrice(Money.of(1_000, "USD"), Money.of(limit, "USD"))
                .within(new GeoPoint(35.5951, -82.5515), 10_000 + draw.random.nextInt(90_000))
                .withAttributes(Map.of("condition", draw.of(STATES).replace(' ', '_')));
        return NewSearch.of(draw.of(THINGS) + " under " + limit / 100 + " dollars")
                .withParameters(parameters);
    }

    public Money price() {
        return Money.of(1 + draw().random.nextInt(100_000), "USD");
    }

    /** A seller with a page, a contact and one detail. */
    public SellerInfo seller() {
        Draw draw = draw();
        return new SellerInfo(
                draw.of(NAMES) + " " + draw.letters(8),
                WebUrl.of("https://market.example.org/sellers/" + seed + "-" + draw.number),
                "seller." + seed + "." + draw.number + "@example.net",
                Map.of("rating", "4." + draw.random.nextInt(10)));
    }

    /** An address of a listing that no other sample has. */
    public WebUrl listingUrl() {
        Draw draw = draw();
        return WebUrl.of(
                "https://market.example.org/listings/" + seed + "-" + draw.number + "?ref=" + draw.letters(12));
    }

    /** A listing with every part, and an external id that no other sample has. */
    public NewMatch newMatch() {
        Draw draw = draw();
        String thing = draw.of(THINGS);
        String state = draw.of(STATES);
        return new NewMatch(
                "listing-" + seed + "-" + draw.number,
                thing + ", " + state,
                Money.of(1_000 + draw.random.nextInt(99_000), "USD"),
                "A " + thing + ", " + state + ". Pick up only, number " + draw.number + ".",
                WebUrl.of("https://images.example.org/" + seed + "-" + draw.number + ".jpg"),
                Sensitive.of(seller()),
                Sensitive.of(listingUrl()),
                POSTED.plus(draw.random.nextInt(500_000), ChronoUnit.SECONDS),
                draw.random.nextInt(50_000),
                draw.random.nextInt(1_000_001) / 1_000_000.0);
    }

    /** That many different listings. */
    public List<NewMatch> newMatches(int number) {
        return Stream.generate(this::newMatch).limit(number).toList();
    }

    /** An id that no other sample has. */
    public StripePaymentId stripeId() {
        Draw draw = draw();
        return StripePaymentId.of("pi_sample" + String.format("%06d_%010d", seed, draw.number));
    }

    /** A payment of this user's for this match that succeeded, with Stripe ids that no other sample has. */
    public VerifiedPayment verifiedPayment(UserId userId, MatchId matchId) {
        StripePaymentId stripeId = stripeId();
        StripeEventId eventId = StripeEventId.of(stripeId.value().replaceFirst("pi_", "evt_"));
        return stripe.payment(eventId, stripeId, Money.of(499, "USD"), userId, matchId);
    }

    /** A payment that was begun, with a Stripe id that no other sample has. */
    public NewPayment newPayment(MatchId matchId) {
        return new NewPayment(matchId, stripeId(), Money.of(499, "USD"));
    }

    public NewNotification newNotification(Search search) {
        return new NewNotification(
                search.userId(), search.id(), Channel.EMAIL, "New listings for you, number " + draw().number);
    }

    /** A new user, registered. */
    public User registeredUser(SnagrData data) {
        return data.as(Actor.service(ServiceRole.AUTH)).users().create(newUser());
    }

    /** A session of a new user. */
    public Session userSession(SnagrData data) {
        return data.as(Actor.user(registeredUser(data).id()));
    }

    /** A new search of the session's user. Its first job waits. */
    public Search search(Session session) {
        return session.searches().create(newSearch());
    }

    /**
     * The lease of the job of this search that waits, for an hour. Jobs that have waited longer are leased too, for it is not
     * for a worker to choose; they are kept for later calls.
     *
     * @throws IllegalStateException if the search has no waiting job
     */
    public JobLease claimedJob(SnagrData data, Search search) {
        Session matcher = data.as(Actor.service(ServiceRole.MATCHER));
        synchronized (leases) {
            while (!leases.containsKey(search.id())) {
                List<JobLease> claimed = matcher.jobs().claim(LEASE, 100);
                if (claimed.isEmpty()) {
                    throw new IllegalStateException("search " + search.id() + " has no waiting job");
                }
                claimed.forEach(lease -> leases.put(lease.searchId(), lease));
            }
            return requireNonNull(leases.remove(search.id()), "lease");
        }
    }

    /** What is stored of that many new listings for the search, best first; its waiting job is completed with them. */
    public List<Match> matches(SnagrData data, Search search, int number) {
        JobLease lease = claimedJob(data, search);
        Session matcher = data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(search.userId()));
        matcher.matches().upsertAll(lease, newMatches(number).stream());
        matcher.jobs().complete(lease);
        return allMatches(data.as(Actor.user(search.userId())), search.id());
    }

    private static List<Match> allMatches(Session session, SearchId searchId) {
        List<Match> all = new ArrayList<>();
        Optional<MatchQuery> next = Optional.of(MatchQuery.top(Page.MAX_SIZE));
        while (next.isPresent()) {
            MatchQuery query = next.get();
            var slice = session.matches().listBySearch(searchId, query);
            all.addAll(slice.items());
            next = slice.next().map(query::after);
        }
        return List.copyOf(all);
    }

    /** The unlock of a match of a new search of the user's, paid for. */
    public Unlock unlockedMatch(SnagrData data, UserId userId) {
        Search search = search(data.as(Actor.user(userId)));
        Match match = matches(data, search, 1).get(0);
        return unlock(data, userId, match.id());
    }

    /** The unlock of this match of the user's, paid for with a new payment. */
    public Unlock unlock(SnagrData data, UserId userId, MatchId matchId) {
        Session payments = data.as(Actor.service(ServiceRole.PAYMENTS).onBehalfOf(userId));
        return payments.unlocks().unlock(matchId, verifiedPayment(userId, matchId));
    }

    private Draw draw() {
        long number = count.incrementAndGet();
        return new Draw(number, new SplittableRandom(seed * 1_000_000_007L + number));
    }

    /** The chance of one sample. */
    private record Draw(long number, SplittableRandom random) {
        <T> T of(List<T> choices) {
            return choices.get(random.nextInt(choices.size()));
        }

        String letters(int length) {
            StringBuilder text = new StringBuilder(length);
            for (int i = 0; i < length; i++) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            return text.toString();
        }
    }
}

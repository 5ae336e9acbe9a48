package ai.snagr.data.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.Actor;
import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.StripeEvents;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.PasswordHash;
import ai.snagr.data.user.User;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Arranges a scene through the API alone, in a store that other tests may have written to. */
final class Scene {
    static final PasswordHash PASSWORD_HASH =
            new PasswordHash("$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g");

    private static final StripeEvents STRIPE = StripeEvents.create();

    private final SnagrData data;

    Scene(SnagrData data) {
        this.data = data;
    }

    /** A new user, registered. */
    UserId user() {
        return register(freshEmail()).id();
    }

    User register(EmailAddress email) {
        return service(ServiceRole.AUTH).users().create(NewUser.of(email, PASSWORD_HASH));
    }

    Session as(UserId user) {
        return data.as(Actor.user(user));
    }

    Session service(ServiceRole role) {
        return data.as(Actor.service(role));
    }

    Session service(ServiceRole role, UserId onBehalfOf) {
        return data.as(Actor.service(role).onBehalfOf(onBehalfOf));
    }

    Session admin() {
        return data.as(Samples.admin("operator", "contract test"));
    }

    Search search(UserId user, String queryText) {
        return as(user).searches().create(NewSearch.of(queryText));
    }

    Search search(UserId user) {
        return search(user, "playstation 5");
    }

    /** So many searches with the same time of creation: made in one transaction. */
    List<Search> simultaneousSearches(UserId user, int count) {
        return as(user).inTransaction(session -> {
            List<Search> searches = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                searches.add(session.searches().create(NewSearch.of("playstation " + i)));
            }
            return searches;
        });
    }

    /** The lease on the only job of the user that waits. */
    JobLease lease(UserId user) {
        List<JobLease> leases = service(ServiceRole.MATCHER, user).jobs().claim(Duration.ofMinutes(5), 10);
        assertThat(leases).as("jobs of the user that wait").hasSize(1);
        return leases.get(0);
    }

    /** A match of the user, with a search and a completed job of its own. */
    MatchId match(UserId user) {
        Search search = search(user);
        JobLease lease = lease(user);
        Session matcher = service(ServiceRole.MATCHER, user);
        matcher.matches().upsertAll(lease, Stream.of(newMatch("listing-1", 0.5)));
        matcher.jobs().complete(lease);
        return as(user).matches()
                .listBySearch(search.id(), MatchQuery.top(1))
                .first()
                .id();
    }

    /** A new match, paid for and open. */
    Unlock unlock(UserId user) {
        MatchId match = match(user);
        return service(ServiceRole.PAYMENTS, user).unlocks().unlock(match, payment(user, match));
    }

    static NewMatch newMatch(String externalId, double score) {
        return new NewMatch(
                externalId,
                "PlayStation 5",
                Money.of(35_000, "USD"),
                "Hardly used",
                WebUrl.of("https://images.example.org/1.jpg"),
                Sensitive.of(SellerInfo.of("Sam Seller", WebUrl.of("https://market.example.org/sam"))),
                Sensitive.of(WebUrl.of("https://market.example.org/item/" + externalId)),
                null,
                1_200,
                score);
    }

    /** A payment of five dollars for that match. */
    static VerifiedPayment payment(UserId user, MatchId match) {
        return payment(user, match, stripeId(), Money.of(500, "USD"));
    }

    static VerifiedPayment payment(UserId user, MatchId match, StripePaymentId stripeId, Money amount) {
        return STRIPE.payment(stripeId, amount, user, match);
    }

    static StripePaymentId stripeId() {
        return StripePaymentId.of("pi_" + UUID.randomUUID().toString().replace("-", ""));
    }

    static EmailAddress freshEmail() {
        return EmailAddress.of("Someone+" + UUID.randomUUID() + "@Example.org");
    }

    /** Every row of a list, read page by page to its end. No page may be empty but the only one. */
    static <T> List<T> readAll(int pageSize, Function<Page, Slice<T>> list) {
        List<T> rows = new ArrayList<>();
        Set<Cursor> cursors = new HashSet<>();
        Optional<Cursor> next = Optional.empty();
        do {
            Slice<T> slice = list.apply(new Page(pageSize, next));
            assertThat(slice.size()).as("rows of one page").isLessThanOrEqualTo(pageSize);
            assertThat(next.isPresent() && slice.isEmpty())
                    .as("a page that was announced is empty")
                    .isFalse();
            rows.addAll(slice.items());
            next = slice.next();
            next.ifPresent(cursor ->
                    assertThat(cursors.add(cursor)).as("a cursor that leads on").isTrue());
        } while (next.isPresent());
        return rows;
    }

    /** The cursor to the second page of a list that has one. */
    static <T> Cursor secondPage(Function<Page, Slice<T>> list) {
        return list.apply(Page.first(1)).next().orElseThrow(() -> new AssertionError("the list has one page only"));
    }

    /** What the call returns once it is not empty, asked again and again: leases end by the clock of the store. */
    static <T> List<T> awaitAny(Supplier<List<T>> call) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < deadline) {
            List<T> result = call.get();
            if (!result.isEmpty()) {
                return result;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        throw new AssertionError("nothing came within 30 seconds");
    }

    /** The failure of that call, which must have that code. */
    static SnagrDataException assertFails(ErrorCode code, ThrowingCallable call) {
        SnagrDataException failure = catchThrowableOfType(SnagrDataException.class, call);
        assertThat(failure).as("a failure with code %s", code).isNotNull();
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        return failure;
    }
}

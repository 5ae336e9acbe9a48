package ai.snagr.data.snippets;

import ai.snagr.data.Actor;
import ai.snagr.data.Money;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrData;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.payment.ConfirmedPayment;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.UserId;
import java.util.List;

/**
 * The examples of README and docs, as code that compiles. Each stands between {@code // region name} and
 * {@code // endregion}; a test of the Markdown files compares their Java blocks with these regions.
 */
final class SnippetsTest {
    private SnippetsTest() {}

    static RevealedMatch mainJob(SnagrData data, UserId aliceId, ConfirmedPayment payment) {
        // region main-job
        Session alice = data.as(Actor.user(aliceId)); // every statement runs as her, under row-level security
        Search search = alice.searches().create(NewSearch.of("PS5 under $400")); // search + job, one statement
        Slice<Match> page = alice.matches().listBySearch(search.id(), MatchQuery.top(20));
        Unlock unlock = alice.unlocks().unlock(page.first().id(), payment); // payment + unlock, one statement
        RevealedMatch revealed = alice.unlocks().reveal(unlock.matchId()); // opened, and on record
        // endregion
        return revealed;
    }

    static List<Session> actors(SnagrData data, UserId aliceId) {
        // region actors
        Session alice = data.as(Actor.user(aliceId));
        Session matcher = data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(aliceId));
        Session operator = data.as(Actor.admin("jo", "ticket 4711"));
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
}

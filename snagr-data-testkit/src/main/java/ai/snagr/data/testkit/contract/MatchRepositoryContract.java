package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrData;
import ai.snagr.data.VersionTag;
import ai.snagr.data.Versioned;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchDetails;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.MatchRepository;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Matches as they are read: one, several, page by page, and only if they have changed. */
@SnagrDataTest
public abstract class MatchRepositoryContract {
    private static final MatchId NOWHERE = new MatchId(UUID.randomUUID());
    private static final SearchId NO_SEARCH = new SearchId(UUID.randomUUID());
    private static final Comparator<Match> BEST_FIRST = Comparator.comparingDouble(Match::relevanceScore)
            .thenComparing(Match::id)
            .reversed();

    @Test
    void find_ownMatch_hasWhatListsLeaveOut(SnagrData data) {
        Found found = found(data, Stream.of(Listings.listing(7)));
        Match listed = found.top(1).first();

        MatchDetails details = found.reader.get(listed.id());

        assertThat(found.reader.find(listed.id())).contains(details);
        assertThat(details.match()).isEqualTo(listed);
        assertThat(details.jobId()).isEqualTo(found.lease.jobId());
        assertThat(details.description()).isEqualTo("Hardly used, with two controllers and box 7");
        assertThat(details.updatedAt()).isAfterOrEqualTo(details.createdAt());
    }

    @Test
    void find_absentOrForeign_isEmpty(SnagrData data) {
        Found ofAlice = found(data, Listings.first(1));
        MatchId id = ofAlice.top(1).first().id();
        Session bob = ofAlice.scene.as(ofAlice.scene.user());

        assertThat(ofAlice.reader.find(NOWHERE)).isEmpty();
        assertThat(bob.matches().find(id)).isEmpty();
        assertFails(ErrorCode.NOT_FOUND, () -> ofAlice.reader.get(NOWHERE));
        assertFails(ErrorCode.NOT_FOUND, () -> bob.matches().get(id));
    }

    @Test
    void find_byMatcherOnBehalfOfTheUser_seesIt(SnagrData data) {
        Found found = found(data, Listings.first(1));
        MatchDetails match = found.reader.get(found.top(1).first().id());

        assertThat(found.writer.get(match.match().id())).isEqualTo(match);
    }

    @Test
    void read_byActorWithoutUser_asksForOne(SnagrData data) {
        MatchRepository matches = new Scene(data).service(ServiceRole.MATCHER).matches();

        assertFails(ErrorCode.USER_REQUIRED, () -> matches.find(NOWHERE));
        assertFails(ErrorCode.USER_REQUIRED, () -> matches.findAll(List.of(NOWHERE)));
        assertFails(ErrorCode.USER_REQUIRED, () -> matches.listBySearch(NO_SEARCH, MatchQuery.top(1)));
        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> matches.listBySearchIfChanged(NO_SEARCH, MatchQuery.top(1), Optional.empty()));
    }

    @Test
    void read_byRoleWithoutMatches_isDenied(SnagrData data) {
        Found found = found(data, Listings.first(1));
        MatchRepository matches =
                found.scene.service(ServiceRole.NOTIFIER, found.user).matches();

        assertFails(
                ErrorCode.ACCESS_DENIED, () -> matches.find(found.top(1).first().id()));
        assertFails(ErrorCode.ACCESS_DENIED, () -> matches.listBySearch(found.search, MatchQuery.top(1)));
    }

    @Test
    void findAll_someForeignOrAbsent_areThoseOfTheUserInOrder(SnagrData data) {
        Found ofAlice = found(data, Listings.first(5));
        MatchId ofBob = found(data, Listings.first(1)).top(1).first().id();
        List<Match> own = ofAlice.top(5).items();
        List<MatchId> asked = Stream.concat(
                        own.stream().limit(3).map(Match::id),
                        Stream.of(ofBob, NOWHERE, own.get(0).id()))
                .toList();

        assertThat(ofAlice.reader.findAll(asked))
                .containsExactlyElementsOf(own.stream()
                        .limit(3)
                        .sorted(Comparator.comparing(Match::id))
                        .toList());
        assertThat(ofAlice.reader.findAll(List.of())).isEmpty();
    }

    @Test
    void findAll_moreThanAThousand_isRefused(SnagrData data) {
        MatchRepository matches = found(data, Stream.empty()).reader;
        List<MatchId> ids = Collections.nCopies(1_001, NOWHERE);

        assertFails(ErrorCode.INVALID_INPUT, () -> matches.findAll(ids));
        assertThat(matches.findAll(ids.subList(1, ids.size()))).isEmpty();
    }

    @Test
    void listBySearch_newMatches_areAsTheyWereFound(SnagrData data) {
        NewMatch listing = Listings.listing(3);
        Found found = found(data, Stream.of(listing));

        Match match = found.top(1).first();

        assertThat(match.searchId()).isEqualTo(found.search);
        assertThat(match.title()).isEqualTo(listing.title());
        assertThat(match.price()).isEqualTo(listing.price());
        assertThat(match.imageUrl()).isEqualTo(listing.imageUrl());
        assertThat(match.postedAt()).isEqualTo(listing.postedAt());
        assertThat(match.distanceMeters()).isEqualTo(listing.distanceMeters());
        assertThat(match.relevanceScore()).isEqualTo(listing.relevanceScore());
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 20, 50, 199, 200})
    void listBySearch_equalScores_pagesThroughEachMatchOnce(int pageSize, SnagrData data) {
        Found found = found(
                data,
                IntStream.range(0, 1_203)
                        .mapToObj(i -> Listings.listing(i).withRelevanceScore(i < 1_100 ? 0.5 : i / 10_000.0)));

        List<Match> all = readAll(pageSize, page -> found.reader.listBySearch(found.search, MatchQuery.of(page)));

        assertThat(all).hasSize(1_203).isSortedAccordingTo(BEST_FIRST);
        assertThat(all).extracting(Match::id).doesNotHaveDuplicates();
    }

    @Test
    void listBySearch_absentOrForeignOrOtherSearch_isEmpty(SnagrData data) {
        Found ofAlice = found(data, Listings.first(3));
        SearchId otherSearch = ofAlice.scene.search(ofAlice.user).id();
        MatchRepository bob = ofAlice.scene.as(ofAlice.scene.user()).matches();

        assertThat(bob.listBySearch(ofAlice.search, MatchQuery.top(10))).isEmpty();
        assertThat(bob.listBySearch(ofAlice.search, MatchQuery.top(10).withText("playstation")))
                .isEmpty();
        assertThat(ofAlice.reader.listBySearch(NO_SEARCH, MatchQuery.top(10))).isEmpty();
        assertThat(ofAlice.reader.listBySearch(otherSearch, MatchQuery.top(10))).isEmpty();
    }

    @Test
    void listBySearch_byPrice_keepsThoseWithinTheBounds(SnagrData data) {
        Found found = found(
                data,
                Stream.of(
                        priced(0, 99, "USD"),
                        priced(1, 100, "USD"),
                        priced(2, 150, "USD"),
                        priced(3, 200, "USD"),
                        priced(4, 201, "USD"),
                        priced(5, 150, "EUR")));
        MatchQuery all = MatchQuery.top(20);

        assertThat(found.prices(all.priceAtLeast(Money.of(100, "USD")).priceAtMost(Money.of(200, "USD"))))
                .containsExactlyInAnyOrder(100L, 150L, 200L);
        assertThat(found.prices(all.priceAtLeast(Money.of(200, "USD")))).containsExactlyInAnyOrder(200L, 201L);
        assertThat(found.prices(all.priceAtMost(Money.of(100, "USD")))).containsExactlyInAnyOrder(99L, 100L);
        assertThat(found.prices(all.priceAtLeast(Money.of(0, "EUR")))).containsExactly(150L);
        assertThat(found.prices(all.priceAtMost(Money.of(100, "GBP")))).isEmpty();
        assertThat(found.prices(all)).hasSize(6);
    }

    @Test
    void listBySearch_byDistance_leavesOutWhatIsFarOrUnknown(SnagrData data) {
        Found found = found(
                data,
                Stream.of(
                        Listings.withDistance(Listings.listing(0), 0),
                        Listings.withDistance(Listings.listing(1), 500),
                        Listings.withDistance(Listings.listing(2), 501),
                        Listings.withDistance(Listings.listing(3), null)));

        assertThat(found.reader.listBySearch(found.search, MatchQuery.top(20).within(500)))
                .extracting(Match::distanceMeters)
                .containsExactlyInAnyOrder(0, 500);
        assertThat(found.reader.listBySearch(found.search, MatchQuery.top(20).within(0)))
                .extracting(Match::distanceMeters)
                .containsExactly(0);
    }

    @Test
    void listBySearch_byText_findsTitlesAndDescriptions(SnagrData data) {
        Found found = found(
                data,
                Stream.of(
                        worded(0, "Green garden chair", "solid oak"),
                        worded(1, "Garden table", "painted GREEN"),
                        worded(2, "Oak chair", null),
                        worded(3, "Straße nach Süden", "日本語 の本")));

        assertThat(found.titles("green")).containsExactlyInAnyOrder("Green garden chair", "Garden table");
        assertThat(found.titles("chair oak")).containsExactlyInAnyOrder("Green garden chair", "Oak chair");
        assertThat(found.titles("\"garden chair\"")).containsExactly("Green garden chair");
        assertThat(found.titles("chair -green")).containsExactly("Oak chair");
        assertThat(found.titles("table or straße")).containsExactlyInAnyOrder("Garden table", "Straße nach Süden");
        assertThat(found.titles("日本語")).containsExactly("Straße nach Süden");
        assertThat(found.titles("sofa")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"!!!", "'", "\"", "a & | b", "):*", "\\", "-", "or", "%_", "<->"})
    void listBySearch_byTextOfSigns_doesNotFail(String text, SnagrData data) {
        Found found = found(data, Stream.of(worded(0, "Chair", null)));

        assertThat(found.titles(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void listBySearch_allFilters_pagesThroughWhatFitsThemAll(boolean withText, SnagrData data) {
        Found found = found(data, Listings.first(300));
        MatchQuery filters = MatchQuery.top(7)
                .priceAtLeast(Money.of(10_010, "USD"))
                .priceAtMost(Money.of(10_250, "USD"))
                .within(199);
        MatchQuery query = withText ? filters.withText("controllers") : filters;

        List<Match> all = readAll(
                7,
                page -> found.reader.listBySearch(
                        found.search, page.after().map(query::after).orElse(query)));

        assertThat(all).hasSize(190).isSortedAccordingTo(BEST_FIRST);
        assertThat(all)
                .extracting(Match::distanceMeters)
                .doesNotHaveDuplicates()
                .allMatch(d -> d >= 10 && d <= 199);
    }

    @Test
    void listBySearch_foreignCursor_isRefused(SnagrData data) {
        Found found = found(data, Listings.first(3));
        Found other = found(data, Listings.first(3));
        MatchQuery query = MatchQuery.top(1);
        MatchQuery second = query.after(found.top(1).next().orElseThrow());

        assertThat(found.reader.listBySearch(found.search, second)).hasSize(1);
        for (MatchQuery elsewhere : List.of(
                second.within(1_000),
                second.priceAtMost(Money.of(1, "USD")),
                second.priceAtLeast(Money.of(1, "USD")),
                second.withText("playstation"))) {
            assertFails(ErrorCode.INVALID_CURSOR, () -> found.reader.listBySearch(found.search, elsewhere));
            assertFails(
                    ErrorCode.INVALID_CURSOR,
                    () -> found.reader.listBySearchIfChanged(found.search, elsewhere, Optional.empty()));
        }
        assertFails(ErrorCode.INVALID_CURSOR, () -> found.reader.listBySearch(NO_SEARCH, second));
        assertFails(ErrorCode.INVALID_CURSOR, () -> other.reader.listBySearch(other.search, second));
        assertFails(ErrorCode.INVALID_CURSOR, () -> other.reader.listBySearch(found.search, second));
    }

    @Test
    void listBySearchIfChanged_nothingKnown_isThePageWithATag(SnagrData data) {
        Found found = found(data, Listings.first(30));
        for (MatchQuery query : List.of(
                MatchQuery.top(20),
                MatchQuery.top(7),
                MatchQuery.top(7).after(found.top(7).next().orElseThrow()),
                MatchQuery.top(20).within(10),
                MatchQuery.top(20).priceAtMost(Money.of(10_010, "USD")),
                MatchQuery.top(20).priceAtMost(Money.of(10_010, "USD")).within(5),
                MatchQuery.top(20).withText("playstation"),
                MatchQuery.top(20).withText("sofa"))) {
            Versioned<Slice<Match>> read = found.read(query);

            assertThat(read.value()).isEqualTo(found.reader.listBySearch(found.search, query));
            assertThat(found.ifChanged(query, read.tag())).as("%s", query).isEmpty();
        }
    }

    @Test
    void listBySearchIfChanged_otherShape_hasAnotherTag(SnagrData data) {
        Found found = found(data, Listings.first(3));

        List<VersionTag> tags = Stream.of(
                        MatchQuery.top(10),
                        MatchQuery.top(11),
                        MatchQuery.top(200),
                        MatchQuery.top(10).within(1_000),
                        MatchQuery.top(10).withText("playstation"))
                .map(query -> found.read(query).tag())
                .toList();

        assertThat(tags).doesNotHaveDuplicates();
    }

    @Test
    void listBySearchIfChanged_visibleChange_isReadAgain(SnagrData data) {
        Found found = found(data, Listings.first(30));
        VersionTag before = found.read(MatchQuery.top(10)).tag();
        VersionTag byText =
                found.read(MatchQuery.top(10).withText("playstation")).tag();
        NewMatch best = Listings.listing(29);

        found.write(best.withPrice(Money.of(1, "USD")));

        Versioned<Slice<Match>> after =
                found.ifChanged(MatchQuery.top(10), before).orElseThrow();
        assertThat(after.value().first().price()).isEqualTo(Money.of(1, "USD"));
        assertThat(after.tag()).isNotEqualTo(before);
        assertThat(found.ifChanged(MatchQuery.top(10).withText("playstation"), byText))
                .isPresent();
    }

    @Test
    void listBySearchIfChanged_changeBehindThePage_isUnchanged(SnagrData data) {
        Found found = found(data, Listings.first(30));
        VersionTag before = found.read(MatchQuery.top(7)).tag();

        found.write(Listings.listing(15).withPrice(Money.of(1, "USD")));

        assertThat(found.ifChanged(MatchQuery.top(7), before)).isEmpty();
    }

    @Test
    void listBySearchIfChanged_equalRowsWrittenAgain_isUnchanged(SnagrData data) {
        Found found = found(data, Listings.first(30));
        VersionTag before = found.read(MatchQuery.top(10)).tag();

        found.write(Listings.listing(29));

        assertThat(found.ifChanged(MatchQuery.top(10), before)).isEmpty();
    }

    @Test
    void listBySearchIfChanged_matchAdded_isReadAgain(SnagrData data) {
        Found found = found(data, Stream.empty());
        VersionTag empty = found.read(MatchQuery.top(10)).tag();
        assertThat(found.ifChanged(MatchQuery.top(10), empty)).isEmpty();

        found.write(Listings.listing(0));
        Versioned<Slice<Match>> one = found.ifChanged(MatchQuery.top(10), empty).orElseThrow();
        found.write(Listings.listing(1));

        assertThat(one.value()).hasSize(1);
        assertThat(found.ifChanged(MatchQuery.top(10), one.tag()).orElseThrow().value())
                .hasSize(2);
    }

    @Test
    void listBySearchIfChanged_severalChangesInOneTransaction_seesEach(SnagrData data) {
        Found found = found(data, Listings.first(3));
        MatchQuery query = MatchQuery.top(10);
        VersionTag before = found.read(query).tag();
        NewMatch listing = Listings.listing(2);

        assertThatThrownBy(() -> found.matcher.inTransaction(session -> {
                    MatchRepository matches = session.matches();
                    VersionTag last = before;
                    for (int price = 1; price <= 3; price++) {
                        matches.upsertAll(found.lease, Stream.of(listing.withPrice(Money.of(price, "USD"))));
                        Versioned<Slice<Match>> now = matches.listBySearchIfChanged(
                                        found.search, query, Optional.of(last))
                                .orElseThrow();
                        assertThat(now.value().first().price()).isEqualTo(Money.of(price, "USD"));
                        last = now.tag();
                        assertThat(matches.listBySearchIfChanged(found.search, query, Optional.of(last)))
                                .isEmpty();
                    }
                    throw new IllegalStateException("take it back");
                }))
                .hasMessage("take it back");

        assertThat(found.ifChanged(query, before)).isEmpty();
    }

    private static NewMatch priced(int number, long minorUnits, String currency) {
        return Listings.listing(number).withPrice(Money.of(minorUnits, currency));
    }

    private static NewMatch worded(int number, String title, @Nullable String description) {
        return Listings.withText(Listings.listing(number), title, description);
    }

    private static Found found(SnagrData data, Stream<NewMatch> listings) {
        Scene scene = new Scene(data);
        UserId user = scene.user();
        SearchId search = scene.search(user).id();
        Found found = new Found(scene, user, search, scene.lease(user));
        assertThat(found.writer.upsertAll(found.lease, listings).updated()).isZero();
        return found;
    }

    /** A search of a user, with the lease on its running job. */
    private static final class Found {
        final Scene scene;
        final UserId user;
        final SearchId search;
        final JobLease lease;
        final Session matcher;
        final MatchRepository writer;
        final MatchRepository reader;

        Found(Scene scene, UserId user, SearchId search, JobLease lease) {
            this.scene = scene;
            this.user = user;
            this.search = search;
            this.lease = lease;
            this.matcher = scene.service(ServiceRole.MATCHER, user);
            this.writer = matcher.matches();
            this.reader = scene.as(user).matches();
        }

        void write(NewMatch listing) {
            assertThat(writer.upsertAll(lease, Stream.of(listing)).received()).isEqualTo(1);
        }

        Slice<Match> top(int size) {
            return reader.listBySearch(search, MatchQuery.of(Page.first(size)));
        }

        List<Long> prices(MatchQuery query) {
            return reader.listBySearch(search, query).items().stream()
                    .map(match -> match.price().minorUnits())
                    .toList();
        }

        List<String> titles(String text) {
            return reader.listBySearch(search, MatchQuery.top(20).withText(text)).items().stream()
                    .map(Match::title)
                    .toList();
        }

        Versioned<Slice<Match>> read(MatchQuery query) {
            return reader.listBySearchIfChanged(search, query, Optional.empty()).orElseThrow();
        }

        Optional<Versioned<Slice<Match>>> ifChanged(MatchQuery query, VersionTag known) {
            return reader.listBySearchIfChanged(search, query, Optional.of(known));
        }
    }
}

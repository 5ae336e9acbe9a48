package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static ai.snagr.data.testkit.contract.Scene.secondPage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.job.Job;
import ai.snagr.data.job.JobOrigin;
import ai.snagr.data.job.JobStatus;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.search.Frequency;
import ai.snagr.data.search.GeoPoint;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.SavedSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.search.SearchParameters;
import ai.snagr.data.search.SearchRepository;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches: made with their first job, listed, found by their words, deleted with what hangs on them. */
@SnagrDataTest
public abstract class SearchRepositoryContract {
    private static final SearchId NOWHERE = new SearchId(UUID.randomUUID());
    private static final Comparator<Search> NEWEST_FIRST =
            Comparator.comparing(Search::createdAt).thenComparing(Search::id).reversed();

    @Test
    void create_everyParameter_isStored(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SearchParameters parameters = SearchParameters.none()
                .withPrice(Money.of(0, "USD"), Money.of(Money.MAX_MINOR_UNITS, "USD"))
                .within(new GeoPoint(35.59505812345679, -82.55148700000001), 20_000_000)
                .withAttributes(Map.of("color", "schwarz \"glänzend\" \\ 🎮\n", "empty", "", "null", "null"));

        Search created =
                scene.as(alice).searches().create(NewSearch.of("PS5 under $400").withParameters(parameters));

        assertThat(created.userId()).isEqualTo(alice);
        assertThat(created.queryText()).isEqualTo("PS5 under $400");
        assertThat(created.parameters()).isEqualTo(parameters);
        assertThat(created.lastActivityAt()).isEqualTo(created.createdAt());
        assertThat(scene.as(alice).searches().get(created.id())).isEqualTo(created);
    }

    @Test
    void create_noParameter_isStored(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        Search created = scene.search(alice);

        assertThat(created.parameters()).isEqualTo(SearchParameters.none());
        assertThat(scene.as(alice).searches().find(created.id())).contains(created);
    }

    @Test
    void create_onlySomeParameters_areStored(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        for (SearchParameters parameters : List.of(
                SearchParameters.none().withPrice(Money.of(1, "JPY"), null),
                SearchParameters.none().withPrice(null, Money.of(1, "EUR")),
                SearchParameters.none().within(new GeoPoint(-90, 180), 1),
                SearchParameters.none().within(new GeoPoint(Double.MIN_VALUE, 1e-7), 1))) {
            Search created =
                    scene.as(alice).searches().create(NewSearch.of("anything").withParameters(parameters));
            assertThat(scene.as(alice).searches().get(created.id()).parameters())
                    .isEqualTo(parameters);
        }
    }

    @Test
    void create_parametersBeyondTheColumn_areRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SearchParameters large = SearchParameters.none()
                .withAttributes(
                        IntStream.range(0, 50).boxed().collect(Collectors.toMap(i -> "a" + i, i -> "€".repeat(500))));
        SearchParameters fitting = SearchParameters.none()
                .withAttributes(
                        IntStream.range(0, 50).boxed().collect(Collectors.toMap(i -> "a" + i, i -> "é".repeat(500))));

        assertFails(
                ErrorCode.INVALID_INPUT,
                () -> scene.as(alice).searches().create(NewSearch.of("much").withParameters(large)));
        assertThat(scene.as(alice)
                        .searches()
                        .create(NewSearch.of("much").withParameters(fitting))
                        .parameters())
                .isEqualTo(fitting);
    }

    @Test
    void create_always_makesOnePendingFirstJob(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        Search search = scene.search(alice);

        List<Job> jobs =
                scene.as(alice).jobs().listBySearch(search.id(), Page.first(10)).items();
        assertThat(jobs).hasSize(1);
        Job job = jobs.get(0);
        assertThat(job.userId()).isEqualTo(alice);
        assertThat(job.searchId()).isEqualTo(search.id());
        assertThat(job.status()).isEqualTo(JobStatus.PENDING);
        assertThat(job.origin()).isEqualTo(JobOrigin.FIRST_RUN);
        assertThat(job.retryCount()).isZero();
        assertThat(job.error()).isNull();
        assertThat(job.createdAt()).isEqualTo(search.createdAt());
        assertThat(job.startedAt()).isNull();
        assertThat(job.completedAt()).isNull();
    }

    @Test
    void create_rolledBack_leavesNeitherSearchNorJob(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    Search search = session.searches().create(NewSearch.of("gone"));
                    assertThat(session.jobs().listBySearch(search.id(), Page.first(10)))
                            .hasSize(1);
                    throw new IllegalStateException("rolled back");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
        assertThat(scene.service(ServiceRole.MATCHER, alice).jobs().claim(Duration.ofMinutes(1), 10))
                .isEmpty();
    }

    @Test
    void create_accountDeletedOrAbsent_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId deleted = scene.admin().users().delete(scene.user()).id();

        assertFails(ErrorCode.NOT_FOUND, () -> scene.search(deleted));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.search(new UserId(UUID.randomUUID())));
    }

    @Test
    void create_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.MATCHER, alice).searches().create(NewSearch.of("no")));
        assertFails(ErrorCode.USER_REQUIRED, () -> scene.admin().searches().create(NewSearch.of("no")));
        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void find_absentOrForeign_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        SearchId ofAlice = scene.search(scene.user()).id();
        UserId bob = scene.user();

        assertThat(scene.as(bob).searches().find(NOWHERE)).isEmpty();
        assertThat(scene.as(bob).searches().find(ofAlice)).isEmpty();
        assertThat(scene.service(ServiceRole.MATCHER, bob).searches().find(ofAlice))
                .isEmpty();
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).searches().get(NOWHERE));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).searches().get(ofAlice));
    }

    @Test
    void find_byMatcherOnBehalfOfTheUser_seesIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        assertThat(scene.service(ServiceRole.MATCHER, alice).searches().get(search.id()))
                .isEqualTo(search);
        assertThat(scene.service(ServiceRole.MATCHER, alice).searches().findAll(List.of(search.id())))
                .containsExactly(search);
    }

    @Test
    void find_withoutUser_needsOne(SnagrData data) {
        Scene scene = new Scene(data);
        SearchId search = scene.search(scene.user()).id();

        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> scene.service(ServiceRole.MATCHER).searches().find(search));
    }

    @Test
    void findAll_mixedIds_returnsTheVisibleOnesInOrderOnce(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search first = scene.search(alice);
        Search second = scene.search(alice);
        Search foreign = scene.search(scene.user());
        List<SearchId> ids = List.of(second.id(), NOWHERE, foreign.id(), first.id(), second.id());
        List<Search> inOrder = Stream.of(first, second)
                .sorted(Comparator.comparing(Search::id))
                .toList();

        assertThat(scene.as(alice).searches().findAll(ids)).containsExactlyElementsOf(inOrder);
        assertThat(scene.as(alice).searches().findAll(List.of())).isEmpty();
    }

    @Test
    void findAll_tooManyIds_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertFails(
                ErrorCode.INVALID_INPUT, () -> scene.as(alice).searches().findAll(Collections.nCopies(1_001, NOWHERE)));
    }

    @Test
    void list_none_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);

        assertThat(scene.as(scene.user()).searches().list(Page.first(20))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8, 20, 200})
    void list_tiesInTheSortKey_pagesThroughEachRowOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search alone = scene.search(alice);
        List<Search> tied = scene.simultaneousSearches(alice, 5);
        Search last = scene.search(alice);
        assertThat(tied).extracting(Search::createdAt).containsOnly(tied.get(0).createdAt());
        List<Search> expected = Stream.of(List.of(alone), tied, List.of(last))
                .flatMap(List::stream)
                .sorted(NEWEST_FIRST)
                .toList();
        assertThat(scene.search(scene.user())).as("another user's").isNotNull();

        assertThat(readAll(pageSize, scene.as(alice).searches()::list)).containsExactlyElementsOf(expected);
    }

    @Test
    void list_exactlyOnePage_hasNoNext(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.simultaneousSearches(alice, 20)).hasSize(20);

        assertThat(scene.as(alice).searches().list(Page.first(20)).next()).isEmpty();
        assertThat(scene.as(alice).searches().list(Page.first(19)).next()).isPresent();
    }

    @Test
    void list_rowsMadeBetweenPages_doNotMoveTheNextOne(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        List<Search> before = scene.simultaneousSearches(alice, 4).stream()
                .sorted(NEWEST_FIRST)
                .toList();
        Cursor next = scene.as(alice).searches().list(Page.first(2)).next().orElseThrow();

        assertThat(scene.search(alice)).isNotNull();

        assertThat(scene.as(alice).searches().list(Page.after(next, 10)))
                .containsExactlyElementsOf(before.subList(2, 4));
    }

    @Test
    void list_cursorFromElsewhere_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        List<Search> ofAlice = scene.simultaneousSearches(alice, 2);
        assertThat(scene.simultaneousSearches(bob, 2)).hasSize(2);
        SearchRepository searches = scene.as(alice).searches();
        Job rerun = scene.as(alice).jobs().rerun(ofAlice.get(0).id());

        for (Cursor foreign : List.of(
                secondPage(scene.as(bob).searches()::list),
                secondPage(page -> searches.listByText("playstation", page)),
                secondPage(page -> scene.as(alice).jobs().listBySearch(rerun.searchId(), page)),
                new Cursor("A"),
                new Cursor("AAAA"),
                new Cursor("_".repeat(512)))) {
            assertFails(ErrorCode.INVALID_CURSOR, () -> searches.list(Page.after(foreign, 10)));
        }
    }

    @Test
    void listByText_wordsPhrasesAndExclusions_findWhatFits(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search console = scene.search(alice, "PlayStation 5 with two controllers");
        Search bike = scene.search(alice, "mountain bike, size M");
        Search road = scene.search(alice, "road bike");
        SearchRepository searches = scene.as(alice).searches();

        assertThat(searches.listByText("playstation", Page.first(10))).containsExactly(console);
        assertThat(searches.listByText("BIKE", Page.first(10))).containsExactly(road, bike);
        assertThat(searches.listByText("\"mountain bike\"", Page.first(10))).containsExactly(bike);
        assertThat(searches.listByText("\"bike mountain\"", Page.first(10))).isEmpty();
        assertThat(searches.listByText("bike -road", Page.first(10))).containsExactly(bike);
        assertThat(searches.listByText("playstation or road", Page.first(10))).containsExactly(road, console);
        assertThat(searches.listByText("piano", Page.first(10))).isEmpty();
    }

    @Test
    void listByText_otherUsersWords_areNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search secret = scene.search(alice, "unmistakable theremin");
        UserId bob = scene.user();

        assertThat(scene.as(alice).searches().listByText("theremin", Page.first(10)))
                .containsExactly(secret);
        assertThat(scene.as(bob).searches().listByText("theremin", Page.first(10)))
                .isEmpty();
    }

    @Test
    void listByText_decomposedLetters_findTheComposedOnes(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice, "cafe\u0301 racer");

        assertThat(scene.as(alice).searches().listByText("caf\u00e9", Page.first(10)))
                .containsExactly(search);
        assertThat(scene.as(alice).searches().listByText("cafe\u0301", Page.first(10)))
                .containsExactly(search);
    }

    @ParameterizedTest
    @ValueSource(strings = {"((", "& | !", "'", "\"", "-", ":*", "a:b", "\\", "%", "or", "-a -b", "<->"})
    void listByText_punctuation_isNoError(String text, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();

        assertThat(scene.as(alice).searches().listByText(text, Page.first(10))).hasSizeLessThanOrEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "a\u0000b", "a\ud800"})
    void listByText_noWords_isRefused(String text, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertFails(ErrorCode.INVALID_INPUT, () -> scene.as(alice).searches().listByText(text, Page.first(10)));
    }

    @Test
    void listByText_longerThan500Characters_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertFails(
                ErrorCode.INVALID_INPUT, () -> scene.as(alice).searches().listByText("x".repeat(501), Page.first(10)));
        assertThat(scene.as(alice).searches().listByText("x".repeat(500), Page.first(10)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 20, 200})
    void listByText_tiesInTheSortKey_pagesThroughEachRowOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        List<Search> tied = scene.simultaneousSearches(alice, 5);
        assertThat(scene.search(alice, "something else")).isNotNull();
        List<Search> expected = tied.stream().sorted(NEWEST_FIRST).toList();

        assertThat(readAll(pageSize, page -> scene.as(alice).searches().listByText("playstation", page)))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void listByText_cursorOfOtherWords_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.simultaneousSearches(alice, 2)).hasSize(2);
        SearchRepository searches = scene.as(alice).searches();
        Cursor ofOtherWords = secondPage(page -> searches.listByText("playstation", page));
        Cursor ofList = secondPage(searches::list);

        assertFails(
                ErrorCode.INVALID_CURSOR, () -> searches.listByText("playstation or x", Page.after(ofOtherWords, 10)));
        assertFails(ErrorCode.INVALID_CURSOR, () -> searches.listByText("playstation", Page.after(ofList, 10)));
    }

    @Test
    void touch_ownSearch_movesTheActivity(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        scene.as(alice).searches().touch(search.id());

        Search touched = scene.as(alice).searches().get(search.id());
        assertThat(touched.lastActivityAt()).isAfter(search.lastActivityAt());
        assertThat(touched.createdAt()).isEqualTo(search.createdAt());
    }

    @Test
    void touch_absentOrForeign_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        UserId bob = scene.user();

        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).searches().touch(NOWHERE));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).searches().touch(search.id()));
        assertThat(scene.as(alice).searches().get(search.id())).isEqualTo(search);
    }

    @Test
    void delete_ownSearch_takesWhatHangsOnIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        Search other = scene.search(alice);
        Job job = scene.as(alice).jobs().rerun(search.id());
        SavedSearch saved = scene.as(alice).savedSearches().save(search.id(), Frequency.DAILY, Instant.EPOCH);

        assertThat(scene.as(alice).searches().delete(search.id())).isTrue();

        assertThat(scene.as(alice).searches().find(search.id())).isEmpty();
        assertThat(scene.as(alice).jobs().find(job.id())).isEmpty();
        assertThat(scene.as(alice).savedSearches().find(saved.id())).isEmpty();
        assertThat(scene.as(alice).searches().list(Page.first(10))).containsExactly(other);
        assertThat(scene.as(alice).searches().delete(search.id())).isFalse();
    }

    @Test
    void delete_absentOrForeign_deletesNothing(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        UserId bob = scene.user();

        assertThat(scene.as(bob).searches().delete(NOWHERE)).isFalse();
        assertThat(scene.as(bob).searches().delete(search.id())).isFalse();
        assertThat(scene.as(alice).searches().get(search.id())).isEqualTo(search);
    }

    @Test
    void delete_unlockedMatch_isTheWrongStateAndKeepsEverything(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Unlock unlock = scene.unlock(alice);
        SearchId search =
                scene.as(alice).matches().get(unlock.matchId()).match().searchId();

        scene.as(alice).inTransaction(session -> {
            assertFails(ErrorCode.WRONG_STATE, () -> session.searches().delete(search));
            return session.searches().get(search);
        });

        assertThat(scene.as(alice).searches().find(search)).isPresent();
        assertThat(scene.as(alice).unlocks().find(unlock.matchId())).contains(unlock);
    }

    @Test
    void delete_whileAMatchIsUnlocked_isRefusedOrWins(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        SearchId search = scene.as(alice).matches().get(match).match().searchId();

        List<Optional<ErrorCode>> outcomes = Race.run(2, i -> {
            try {
                if (i == 0) {
                    assertThat(scene.as(alice).searches().delete(search)).isTrue();
                } else {
                    scene.service(ServiceRole.PAYMENTS, alice).unlocks().unlock(match, Scene.payment(alice, match));
                }
                return Optional.empty();
            } catch (SnagrDataException failure) {
                return Optional.of(failure.code());
            }
        });

        if (scene.as(alice).searches().find(search).isPresent()) {
            assertThat(outcomes).containsExactly(Optional.of(ErrorCode.WRONG_STATE), Optional.empty());
            assertThat(scene.as(alice).unlocks().find(match)).isPresent();
        } else {
            assertThat(outcomes).containsExactly(Optional.empty(), Optional.of(ErrorCode.NOT_FOUND));
        }
    }

    @RepeatedTest(5)
    void delete_beforeAnUnlockIsCommitted_isTheWrongState(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        MatchId match = scene.match(alice);
        SearchId search = scene.as(alice).matches().get(match).match().searchId();
        CyclicBarrier unlocked = new CyclicBarrier(2);

        List<Boolean> kept = Race.run(2, i -> {
            if (i == 0) {
                return scene.service(ServiceRole.PAYMENTS, alice).inTransaction(session -> {
                    session.unlocks().unlock(match, Scene.payment(alice, match));
                    Race.meet(unlocked);
                    return true;
                });
            }
            Race.meet(unlocked);
            assertFails(ErrorCode.WRONG_STATE, () -> scene.as(alice).searches().delete(search));
            return scene.as(alice).searches().find(search).isPresent();
        });

        assertThat(kept).containsOnly(true);
        assertThat(scene.as(alice).unlocks().find(match)).isPresent();
    }

    @Test
    void delete_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.MATCHER, alice).searches().delete(search.id()));
        assertFails(ErrorCode.USER_REQUIRED, () -> scene.admin().searches().delete(search.id()));
        assertThat(scene.as(alice).searches().find(search.id())).contains(search);
    }
}

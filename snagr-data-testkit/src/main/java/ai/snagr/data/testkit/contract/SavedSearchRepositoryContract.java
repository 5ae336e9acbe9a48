package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static ai.snagr.data.testkit.contract.Scene.secondPage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.search.Frequency;
import ai.snagr.data.search.SavedSearch;
import ai.snagr.data.search.SavedSearchId;
import ai.snagr.data.search.SavedSearchRepository;
import ai.snagr.data.search.SavedSearchStatus;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Saved searches: kept once per search, paused, listed. */
@SnagrDataTest
public abstract class SavedSearchRepositoryContract {
    private static final SavedSearchId NOWHERE = new SavedSearchId(UUID.randomUUID());
    private static final Instant TOMORROW = Instant.parse("2099-01-01T08:00:00Z");
    private static final Comparator<SavedSearch> NEWEST_FIRST = Comparator.comparing(SavedSearch::createdAt)
            .thenComparing(SavedSearch::id)
            .reversed();

    @Test
    void save_first_isActive(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        SavedSearch saved = scene.as(alice).savedSearches().save(search.id(), Frequency.WEEKLY, TOMORROW);

        assertThat(saved.userId()).isEqualTo(alice);
        assertThat(saved.searchId()).isEqualTo(search.id());
        assertThat(saved.status()).isEqualTo(SavedSearchStatus.ACTIVE);
        assertThat(saved.frequency()).isEqualTo(Frequency.WEEKLY);
        assertThat(saved.lastRunAt()).isNull();
        assertThat(saved.nextRunAt()).isEqualTo(TOMORROW);
        assertThat(scene.as(alice).savedSearches().find(saved.id())).contains(saved);
    }

    @Test
    void save_again_changesTheSameOneAndActivatesIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        SavedSearchRepository repository = scene.as(alice).savedSearches();
        SavedSearch first = repository.save(search.id(), Frequency.WEEKLY, TOMORROW);
        assertThat(repository.pause(first.id()).status()).isEqualTo(SavedSearchStatus.PAUSED);

        SavedSearch second = repository.save(search.id(), Frequency.DAILY, TOMORROW.plusSeconds(1));

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.createdAt()).isEqualTo(first.createdAt());
        assertThat(second.status()).isEqualTo(SavedSearchStatus.ACTIVE);
        assertThat(second.frequency()).isEqualTo(Frequency.DAILY);
        assertThat(second.nextRunAt()).isEqualTo(TOMORROW.plusSeconds(1));
        assertThat(repository.listActive(Page.first(10))).containsExactly(second);
    }

    @Test
    void save_sameSearchByManyThreads_keepsOne(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        List<SavedSearchId> ids = Race.run(
                8,
                i -> scene.as(alice)
                        .savedSearches()
                        .save(search.id(), Frequency.DAILY, TOMORROW)
                        .id());

        assertThat(ids).containsOnly(ids.get(0));
        assertThat(scene.as(alice).savedSearches().listActive(Page.first(10))).hasSize(1);
    }

    @Test
    void save_absentOrForeignSearch_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        SearchId ofAlice = scene.search(scene.user()).id();
        UserId bob = scene.user();

        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).savedSearches().save(ofAlice, Frequency.DAILY, TOMORROW));
        assertFails(
                ErrorCode.NOT_FOUND,
                () -> scene.as(bob).savedSearches().save(new SearchId(UUID.randomUUID()), Frequency.DAILY, TOMORROW));
    }

    @Test
    void save_timeOutsideTheCalendar_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        SavedSearchRepository repository = scene.as(alice).savedSearches();

        for (Instant time : List.of(
                Instant.MIN, Instant.MAX, Instant.EPOCH.minusNanos(1), Instant.parse("+10000-01-01T00:00:00Z"))) {
            assertFails(ErrorCode.INVALID_INPUT, () -> repository.save(search.id(), Frequency.DAILY, time));
        }
        for (Instant time : List.of(Instant.EPOCH, Instant.parse("9999-12-31T23:59:59Z"))) {
            assertThat(repository.save(search.id(), Frequency.DAILY, time).nextRunAt())
                    .isEqualTo(time);
        }
    }

    @Test
    void save_rolledBack_leavesNothing(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    SavedSearch saved = session.savedSearches().save(search.id(), Frequency.DAILY, TOMORROW);
                    assertThat(session.savedSearches().find(saved.id())).contains(saved);
                    throw new IllegalStateException("rolled back");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(scene.as(alice).savedSearches().listActive(Page.first(10))).isEmpty();
    }

    @Test
    void find_absentOrForeign_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        SavedSearch ofAlice = saved(scene, scene.user());
        UserId bob = scene.user();

        assertThat(scene.as(bob).savedSearches().find(NOWHERE)).isEmpty();
        assertThat(scene.as(bob).savedSearches().find(ofAlice.id())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 20, 200})
    void listActive_tiesInTheSortKey_pagesThroughEachActiveRowOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SavedSearch paused = saved(scene, alice);
        assertThat(scene.as(alice).savedSearches().pause(paused.id())).isNotNull();
        List<SavedSearch> tied = simultaneous(scene, alice, 5);
        assertThat(tied)
                .extracting(SavedSearch::createdAt)
                .containsOnly(tied.get(0).createdAt());
        assertThat(saved(scene, scene.user())).as("another user's").isNotNull();

        assertThat(readAll(pageSize, scene.as(alice).savedSearches()::listActive))
                .containsExactlyElementsOf(tied.stream().sorted(NEWEST_FIRST).toList());
    }

    @Test
    void listActive_cursorFromElsewhere_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        assertThat(simultaneous(scene, alice, 2)).hasSize(2);
        assertThat(simultaneous(scene, bob, 2)).hasSize(2);

        for (Cursor foreign : List.of(
                secondPage(scene.as(bob).savedSearches()::listActive),
                secondPage(scene.as(alice).searches()::list))) {
            assertFails(
                    ErrorCode.INVALID_CURSOR,
                    () -> scene.as(alice).savedSearches().listActive(Page.after(foreign, 10)));
        }
    }

    @Test
    void pause_activeOne_isPausedAndRepeats(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SavedSearch saved = saved(scene, alice);

        SavedSearch paused = scene.as(alice).savedSearches().pause(saved.id());

        assertThat(paused.status()).isEqualTo(SavedSearchStatus.PAUSED);
        assertThat(paused.nextRunAt()).isEqualTo(saved.nextRunAt());
        assertThat(scene.as(alice).savedSearches().pause(saved.id())).isEqualTo(paused);
        assertThat(scene.as(alice).savedSearches().find(saved.id())).contains(paused);
        assertThat(scene.as(alice).savedSearches().listActive(Page.first(10))).isEmpty();
    }

    @Test
    void pause_absentOrForeign_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SavedSearch saved = saved(scene, alice);
        UserId bob = scene.user();

        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).savedSearches().pause(NOWHERE));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).savedSearches().pause(saved.id()));
        assertThat(scene.as(alice).savedSearches().find(saved.id())).contains(saved);
    }

    @Test
    void delete_ownOne_isGoneAndTheSearchStays(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SavedSearch saved = saved(scene, alice);

        assertThat(scene.as(alice).savedSearches().delete(saved.id())).isTrue();

        assertThat(scene.as(alice).savedSearches().find(saved.id())).isEmpty();
        assertThat(scene.as(alice).searches().find(saved.searchId())).isPresent();
        assertThat(scene.as(alice).savedSearches().delete(saved.id())).isFalse();
    }

    @Test
    void delete_absentOrForeign_deletesNothing(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SavedSearch saved = saved(scene, alice);
        UserId bob = scene.user();

        assertThat(scene.as(bob).savedSearches().delete(NOWHERE)).isFalse();
        assertThat(scene.as(bob).savedSearches().delete(saved.id())).isFalse();
        assertThat(scene.as(alice).savedSearches().find(saved.id())).contains(saved);
    }

    @Test
    void everyMethod_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SavedSearch saved = saved(scene, alice);

        for (ServiceRole role : ServiceRole.values()) {
            SavedSearchRepository repository = scene.service(role, alice).savedSearches();
            assertFails(ErrorCode.ACCESS_DENIED, () -> repository.save(saved.searchId(), Frequency.DAILY, TOMORROW));
            assertFails(ErrorCode.ACCESS_DENIED, () -> repository.find(saved.id()));
            assertFails(ErrorCode.ACCESS_DENIED, () -> repository.listActive(Page.first(10)));
            assertFails(ErrorCode.ACCESS_DENIED, () -> repository.pause(saved.id()));
            assertFails(ErrorCode.ACCESS_DENIED, () -> repository.delete(saved.id()));
        }
        assertFails(ErrorCode.USER_REQUIRED, () -> scene.admin().savedSearches().find(saved.id()));
        assertThat(scene.as(alice).savedSearches().find(saved.id())).contains(saved);
    }

    private static SavedSearch saved(Scene scene, UserId user) {
        return scene.as(user).savedSearches().save(scene.search(user).id(), Frequency.DAILY, TOMORROW);
    }

    private static List<SavedSearch> simultaneous(Scene scene, UserId user, int count) {
        List<Search> searches = scene.simultaneousSearches(user, count);
        return scene.as(user)
                .inTransaction(session -> searches.stream()
                        .map(search -> session.savedSearches().save(search.id(), Frequency.DAILY, TOMORROW))
                        .toList());
    }
}

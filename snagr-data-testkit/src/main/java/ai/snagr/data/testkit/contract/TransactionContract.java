package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.job.Job;
import ai.snagr.data.search.Frequency;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.SavedSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transactions: all or nothing, one commit by the outermost call, and what was thrown is what the caller sees. */
@SnagrDataTest
public abstract class TransactionContract {
    @Test
    void inTransaction_workReturns_everythingIsThere(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        SavedSearch saved = scene.as(alice).inTransaction(session -> {
            Search search = session.searches().create(NewSearch.of("kept"));
            return session.savedSearches().save(search.id(), Frequency.DAILY, Instant.EPOCH);
        });

        assertThat(scene.as(alice).savedSearches().find(saved.id())).contains(saved);
        assertThat(scene.as(alice).searches().find(saved.searchId())).isPresent();
        assertThat(scene.as(alice).jobs().listBySearch(saved.searchId(), Page.first(10)))
                .hasSize(1);
    }

    @Test
    void inTransaction_returningNothing_isAllowed(SnagrData data) {
        Scene scene = new Scene(data);

        assertThat(scene.as(scene.user())
                        .<@org.jspecify.annotations.Nullable Object, RuntimeException>inTransaction(session -> null))
                .isNull();
    }

    static List<Throwable> throwables() {
        return List.of(
                new IOException("checked"),
                new IllegalStateException("unchecked"),
                new AssertionError("error"),
                new StackOverflowError(),
                new SnagrDataException.NotFound("of the API"),
                new InterruptedException("interrupted"));
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void inTransaction_workThrows_rollsBackAndPassesItOn(Throwable thrown, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        AtomicReference<Search> made = new AtomicReference<>();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    made.set(session.searches().create(NewSearch.of("gone")));
                    throw TransactionContract.<Exception>sneaky(thrown);
                }))
                .isSameAs(thrown)
                .hasNoSuppressedExceptions();

        assertThat(scene.as(alice).searches().find(made.get().id())).isEmpty();
        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
        assertThat(scene.as(alice).jobs().listBySearch(made.get().id(), Page.first(10)))
                .isEmpty();
    }

    @Test
    void inTransaction_ownWrites_areReadInside(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        scene.as(alice).inTransaction(session -> {
            Search search = session.searches().create(NewSearch.of("mine alone"));
            Job job = session.jobs().rerun(search.id());
            assertThat(session.searches().get(search.id())).isEqualTo(search);
            assertThat(session.searches().list(Page.first(10))).containsExactly(search);
            assertThat(session.searches().listByText("alone", Page.first(10))).containsExactly(search);
            assertThat(session.jobs().get(job.id())).isEqualTo(job);
            assertThat(session.searches().delete(search.id())).isTrue();
            assertThat(session.searches().find(search.id())).isEmpty();
            return search;
        });

        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void inTransaction_beforeTheCommit_othersSeeNothing(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        CyclicBarrier step = new CyclicBarrier(2);

        List<Integer> seen = Race.run(2, i -> {
            if (i == 0) {
                return scene.as(alice).inTransaction(session -> {
                    assertThat(session.searches().create(NewSearch.of("not yet")))
                            .isNotNull();
                    Race.meet(step);
                    Race.meet(step);
                    return session.searches().list(Page.first(10)).size();
                });
            }
            Race.meet(step);
            int size = scene.as(alice).searches().list(Page.first(10)).size();
            Race.meet(step);
            return size;
        });

        assertThat(seen).containsExactly(1, 0);
        assertThat(scene.as(alice).searches().list(Page.first(10))).hasSize(1);
    }

    @Test
    void inTransaction_nested_joinsTheOuterOne(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(outer -> {
                    Search first = outer.searches().create(NewSearch.of("outer"));
                    Search second = outer.inTransaction(inner -> {
                        assertThat(inner.searches().find(first.id())).contains(first);
                        return inner.searches().create(NewSearch.of("inner"));
                    });
                    assertThat(outer.searches().find(second.id())).contains(second);
                    throw new IllegalStateException("after the inner one has returned");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void inTransaction_nestedThrows_takesTheOuterOneWithIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        IOException thrown = new IOException("in the inner one");

        assertThatThrownBy(() -> scene.as(alice).inTransaction(outer -> {
                    assertThat(outer.searches().create(NewSearch.of("outer"))).isNotNull();
                    return outer.inTransaction(inner -> {
                        assertThat(inner.searches().create(NewSearch.of("inner")))
                                .isNotNull();
                        throw thrown;
                    });
                }))
                .isSameAs(thrown);

        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void inTransaction_nestedReturns_isCommittedByTheOuterOne(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        scene.as(alice).inTransaction(outer -> {
            assertThat(outer.searches().create(NewSearch.of("outer"))).isNotNull();
            outer.inTransaction(inner -> inner.searches().create(NewSearch.of("inner")));
            return outer.searches().create(NewSearch.of("outer again"));
        });

        assertThat(scene.as(alice).searches().list(Page.first(10))).hasSize(3);
    }

    @Test
    void inTransaction_failureWithoutStatement_leavesTheSessionUsable(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        Search search = scene.as(alice).inTransaction(session -> {
            Search created = session.searches().create(NewSearch.of("kept"));
            assertFails(ErrorCode.INVALID_INPUT, () -> session.searches().listByText(" ", Page.first(1)));
            return session.searches().get(created.id());
        });

        assertThat(scene.as(alice).searches().get(search.id())).isEqualTo(search);
    }

    @Test
    void inTransaction_failedStatementIsSwallowed_commitsNothingAndSaysSo(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    Search search = session.searches().create(NewSearch.of("lost"));
                    assertFails(ErrorCode.ACCESS_DENIED, () -> session.jobs().claim(Duration.ofMinutes(1), 1));
                    return search;
                }))
                .isInstanceOf(SnagrDataException.class);

        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void inTransaction_afterAFailedStatement_theNextOneFailsToo(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    assertFails(ErrorCode.ACCESS_DENIED, () -> session.jobs().claim(Duration.ofMinutes(1), 1));
                    return session.searches().create(NewSearch.of("lost"));
                }))
                .isInstanceOf(SnagrDataException.class);

        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void session_usedAfterItsTransaction_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        AtomicReference<Session> returned = new AtomicReference<>();
        AtomicReference<Session> failed = new AtomicReference<>();
        scene.as(alice).inTransaction(session -> {
            returned.set(session);
            return session.searches().list(Page.first(1));
        });
        assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                    failed.set(session);
                    throw new IllegalStateException("rolled back");
                }))
                .isInstanceOf(IllegalStateException.class);

        for (Session stale : List.of(returned.get(), failed.get())) {
            assertThatThrownBy(() -> stale.searches().create(NewSearch.of("too late")))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> stale.searches().list(Page.first(1))).isInstanceOf(IllegalStateException.class);
        }
        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void session_usedByAnotherThread_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        scene.as(alice).inTransaction(session -> {
            assertThat(session.searches().list(Page.first(1))).isEmpty();
            assertThatThrownBy(() -> Race.run(1, i -> session.searches().create(NewSearch.of("elsewhere"))))
                    .isInstanceOf(IllegalStateException.class);
            return session.searches().list(Page.first(1));
        });

        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void session_inTransaction_hasTheSameActor(SnagrData data) {
        Scene scene = new Scene(data);
        Session matcher = scene.service(ServiceRole.MATCHER, scene.user());

        assertThat(matcher.<Object, RuntimeException>inTransaction(Session::actor))
                .isEqualTo(matcher.actor());
    }

    @Test
    void inTransaction_manyRollbacks_loseNoConnection(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(() -> scene.as(alice).inTransaction(session -> {
                        assertFails(
                                ErrorCode.ACCESS_DENIED, () -> session.jobs().claim(Duration.ofMinutes(1), 1));
                        throw new IOException("again");
                    }))
                    .isInstanceOf(IOException.class);
        }

        assertThat(scene.as(alice).searches().list(Page.first(10))).isEmpty();
    }

    @Test
    void inTransaction_twoLockInOppositeOrder_oneLosesAndMayTryAgain(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search one = scene.search(alice);
        Search two = scene.search(alice);
        CyclicBarrier bothHoldOne = new CyclicBarrier(2);

        List<Optional<SnagrDataException>> outcomes = Race.run(2, i -> {
            try {
                scene.as(alice).inTransaction(session -> {
                    session.searches().touch(i == 0 ? one.id() : two.id());
                    Race.meet(bothHoldOne);
                    session.searches().touch(i == 0 ? two.id() : one.id());
                    return i;
                });
                return Optional.empty();
            } catch (SnagrDataException failure) {
                return Optional.of(failure);
            }
        });

        List<SnagrDataException> failures =
                outcomes.stream().flatMap(Optional::stream).toList();
        assertThat(failures).hasSize(1);
        assertThat(failures.get(0).code()).isEqualTo(ErrorCode.CONCURRENT_UPDATE);
        assertThat(failures.get(0).retryable()).isTrue();
        scene.as(alice).inTransaction(session -> {
            session.searches().touch(one.id());
            session.searches().touch(two.id());
            return one;
        });
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> X sneaky(Throwable thrown) throws X {
        throw (X) thrown;
    }
}

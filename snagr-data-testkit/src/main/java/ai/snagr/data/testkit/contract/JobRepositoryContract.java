package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.awaitAny;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static ai.snagr.data.testkit.contract.Scene.secondPage;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.job.DueRun;
import ai.snagr.data.job.Job;
import ai.snagr.data.job.JobFailure;
import ai.snagr.data.job.JobId;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.job.JobOrigin;
import ai.snagr.data.job.JobRepository;
import ai.snagr.data.job.JobStatus;
import ai.snagr.data.search.Frequency;
import ai.snagr.data.search.SavedSearch;
import ai.snagr.data.search.SavedSearchId;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs: claimed by one worker each, tried again, given up; and the runs of saved searches, started by one node each. */
@SnagrDataTest
public abstract class JobRepositoryContract {
    private static final JobId NOWHERE = new JobId(UUID.randomUUID());
    private static final Duration LEASE = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Comparator<Job> NEWEST_FIRST =
            Comparator.comparing(Job::createdAt).thenComparing(Job::id).reversed();

    @Test
    void find_absentOrForeign_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Job ofAlice = scene.as(alice).jobs().rerun(scene.search(alice).id());
        UserId bob = scene.user();

        assertThat(scene.as(alice).jobs().find(ofAlice.id())).contains(ofAlice);
        assertThat(scene.as(bob).jobs().find(NOWHERE)).isEmpty();
        assertThat(scene.as(bob).jobs().find(ofAlice.id())).isEmpty();
        assertThat(matcher(scene, bob).find(ofAlice.id())).isEmpty();
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).jobs().get(NOWHERE));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).jobs().get(ofAlice.id()));
    }

    @Test
    void find_byMatcherOnBehalfOfTheUser_seesIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Job job = scene.as(alice).jobs().rerun(scene.search(alice).id());

        assertThat(matcher(scene, alice).get(job.id())).isEqualTo(job);
        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> scene.service(ServiceRole.MATCHER).jobs().find(job.id()));
    }

    @Test
    void rerun_ownSearch_isPending(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        Job job = scene.as(alice).jobs().rerun(search.id());

        assertThat(job.userId()).isEqualTo(alice);
        assertThat(job.searchId()).isEqualTo(search.id());
        assertThat(job.status()).isEqualTo(JobStatus.PENDING);
        assertThat(job.origin()).isEqualTo(JobOrigin.RERUN);
        assertThat(scene.as(alice).jobs().get(job.id())).isEqualTo(job);
    }

    @Test
    void rerun_absentOrForeignSearch_isNotFound(SnagrData data) {
        Scene scene = new Scene(data);
        Search ofAlice = scene.search(scene.user());
        UserId bob = scene.user();

        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).jobs().rerun(ofAlice.id()));
        assertFails(ErrorCode.NOT_FOUND, () -> scene.as(bob).jobs().rerun(new SearchId(UUID.randomUUID())));
    }

    @Test
    void rerun_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        assertFails(ErrorCode.ACCESS_DENIED, () -> matcher(scene, alice).rerun(search.id()));
        assertFails(ErrorCode.USER_REQUIRED, () -> scene.admin().jobs().rerun(search.id()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 20, 200})
    void listBySearch_tiesInTheSortKey_pagesThroughEachRowOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        Job first =
                scene.as(alice).jobs().listBySearch(search.id(), Page.first(1)).first();
        List<Job> tied = scene.as(alice)
                .inTransaction(session -> IntStream.range(0, 5)
                        .mapToObj(i -> session.jobs().rerun(search.id()))
                        .toList());
        assertThat(tied).extracting(Job::createdAt).containsOnly(tied.get(0).createdAt());
        assertThat(scene.search(alice)).as("another search with a job").isNotNull();
        List<Job> expected = new ArrayList<>(tied.stream().sorted(NEWEST_FIRST).toList());
        expected.add(first);

        assertThat(readAll(pageSize, page -> scene.as(alice).jobs().listBySearch(search.id(), page)))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void listBySearch_absentOrForeign_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        Search ofAlice = scene.search(scene.user());
        UserId bob = scene.user();

        assertThat(scene.as(bob).jobs().listBySearch(ofAlice.id(), Page.first(10)))
                .isEmpty();
        assertThat(scene.as(bob).jobs().listBySearch(new SearchId(UUID.randomUUID()), Page.first(10)))
                .isEmpty();
    }

    @Test
    void listBySearch_cursorOfAnotherSearch_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search one = scene.search(alice);
        Search other = scene.search(alice);
        JobRepository jobs = scene.as(alice).jobs();
        assertThat(jobs.rerun(one.id())).isNotNull();
        Cursor foreign = secondPage(page -> jobs.listBySearch(one.id(), page));

        assertFails(ErrorCode.INVALID_CURSOR, () -> jobs.listBySearch(other.id(), Page.after(foreign, 10)));
    }

    @Test
    void claim_waitingJob_leasesItOnce(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        Job waiting =
                scene.as(alice).jobs().listBySearch(search.id(), Page.first(1)).first();

        JobLease lease = scene.lease(alice);

        assertThat(lease.jobId()).isEqualTo(waiting.id());
        assertThat(lease.userId()).isEqualTo(alice);
        assertThat(lease.searchId()).isEqualTo(search.id());
        assertThat(lease.attempt()).isEqualTo(1);
        Job running = scene.as(alice).jobs().get(waiting.id());
        assertThat(running.status()).isEqualTo(JobStatus.RUNNING);
        assertThat(running.startedAt()).isNotNull().isAfterOrEqualTo(running.createdAt());
        assertThat(running.retryCount()).isZero();
        assertThat(lease.expiresAt()).isEqualTo(running.startedAt().plus(LEASE));
        assertThat(matcher(scene, alice).claim(LEASE, 10)).isEmpty();
    }

    @Test
    void claim_moreThanTheLimit_takesTheLongestWaitingInOrder(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        List<SearchId> searches =
                IntStream.range(0, 5).mapToObj(i -> scene.search(alice).id()).toList();

        assertThat(matcher(scene, alice).claim(LEASE, 3))
                .extracting(JobLease::searchId)
                .containsExactlyElementsOf(searches.subList(0, 3));
        assertThat(matcher(scene, alice).claim(LEASE, 3))
                .extracting(JobLease::searchId)
                .containsExactlyElementsOf(searches.subList(3, 5));
    }

    @Test
    void claim_forAllUsers_takesEverybodysJobs(SnagrData data) {
        Scene scene = new Scene(data);
        claimAll(scene);
        UserId alice = scene.user();
        UserId bob = scene.user();
        SearchId ofAlice = scene.search(alice).id();
        SearchId ofBob = scene.search(bob).id();

        assertThat(scene.service(ServiceRole.MATCHER).jobs().claim(LEASE, 10))
                .extracting(JobLease::searchId)
                .containsExactly(ofAlice, ofBob);
    }

    @Test
    void claim_onBehalfOfOneUser_leavesTheOthers(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        SearchId ofAlice = scene.search(alice).id();

        assertThat(matcher(scene, bob).claim(LEASE, 10)).isEmpty();
        assertThat(matcher(scene, alice).claim(LEASE, 10))
                .extracting(JobLease::searchId)
                .containsExactly(ofAlice);
    }

    @Test
    void claim_byManyThreads_givesEachJobToExactlyOne(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        claimAll(scene);
        List<SearchId> searches = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            scene.simultaneousSearches(scene.user(), 15).forEach(search -> searches.add(search.id()));
        }

        List<List<JobLease>> claimed = Race.run(8, i -> {
            List<JobLease> leases = new ArrayList<>();
            List<JobLease> some;
            do {
                some = scene.service(ServiceRole.MATCHER).jobs().claim(LEASE, 1 + i);
                leases.addAll(some);
            } while (!some.isEmpty());
            return leases;
        });
        claimed.add(claimAll(scene));

        assertThat(claimed.stream().flatMap(List::stream).map(JobLease::searchId))
                .containsExactlyInAnyOrderElementsOf(searches);
    }

    @Test
    void claim_whileAnotherIsClaiming_skipsItsJobsWithoutWaiting(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        List<Search> searches = scene.simultaneousSearches(alice, 4);
        CyclicBarrier bothHaveClaimed = new CyclicBarrier(2);

        List<List<JobLease>> claimed = Race.run(
                2,
                i -> scene.service(ServiceRole.MATCHER, alice).inTransaction(session -> {
                    List<JobLease> leases = session.jobs().claim(LEASE, 2);
                    Race.meet(bothHaveClaimed);
                    return leases;
                }));

        assertThat(claimed).allSatisfy(leases -> assertThat(leases).hasSize(2));
        assertThat(claimed.stream().flatMap(List::stream).map(JobLease::searchId))
                .containsExactlyInAnyOrderElementsOf(
                        searches.stream().map(Search::id).toList());
    }

    @Test
    void claim_silentWorker_givesTheJobToTheNextAndRefusesTheFirst(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease zombie = matcher(scene, alice).claim(SHORT, 1).get(0);

        JobLease next = awaitAny(() -> matcher(scene, alice).claim(LEASE, 1)).get(0);

        assertThat(next.jobId()).isEqualTo(zombie.jobId());
        assertThat(next.token()).isNotEqualTo(zombie.token());
        assertThat(next.attempt()).isEqualTo(2);
        Job running = scene.as(alice).jobs().get(next.jobId());
        assertThat(running.status()).isEqualTo(JobStatus.RUNNING);
        assertThat(running.retryCount()).isEqualTo(1);
        assertThat(running.error()).isNotBlank();
        assertLost(scene, zombie);
        assertThat(scene.as(alice).jobs().get(next.jobId())).isEqualTo(running);
        assertThat(matcher(scene, alice).complete(next).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void claim_silentWorkersByManyThreads_givesEachJobToExactlyOne(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        int jobs = 6;
        assertThat(scene.simultaneousSearches(alice, jobs)).hasSize(jobs);
        List<JobLease> zombies = matcher(scene, alice).claim(SHORT, jobs);
        AtomicInteger taken = new AtomicInteger();

        List<List<JobLease>> claimed = Race.run(8, i -> {
            List<JobLease> leases = new ArrayList<>();
            while (taken.get() < jobs && !Thread.currentThread().isInterrupted()) {
                List<JobLease> some = matcher(scene, alice).claim(LEASE, 1);
                leases.addAll(some);
                taken.addAndGet(some.size());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
            return leases;
        });

        List<JobLease> leases = claimed.stream().flatMap(List::stream).toList();
        assertThat(leases)
                .extracting(JobLease::jobId)
                .containsExactlyInAnyOrderElementsOf(
                        zombies.stream().map(JobLease::jobId).toList());
        assertThat(leases).extracting(JobLease::attempt).containsOnly(2);
        zombies.forEach(zombie -> assertLost(scene, zombie));
    }

    @Test
    void claim_lastTryFellSilent_isGivenUpAndTheOneBehindIsLeased(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        for (int i = 1; i < JobRepository.MAX_ATTEMPTS; i++) {
            matcher(scene, alice).fail(scene.lease(alice), JobFailure.retry("no answer", Duration.ZERO));
        }
        Search behind = scene.search(alice);
        // Both leases end at the same moment, so the claim that finds the first one out of tries finds the second too.
        List<JobLease> silent = matcher(scene, alice).claim(SHORT, 2);
        JobLease last = silent.get(0);
        assertThat(silent).extracting(JobLease::attempt).containsExactly(JobRepository.MAX_ATTEMPTS, 1);

        List<JobLease> leases = awaitAny(() -> matcher(scene, alice).claim(LEASE, 1));

        assertThat(leases).extracting(JobLease::searchId).containsExactly(behind.id());
        Job givenUp = scene.as(alice).jobs().get(last.jobId());
        assertThat(givenUp.status()).isEqualTo(JobStatus.FAILED);
        assertThat(givenUp.retryCount()).isEqualTo(JobRepository.MAX_ATTEMPTS);
        assertThat(givenUp.error()).isNotBlank();
        assertThat(givenUp.completedAt()).isNotNull();
        assertLost(scene, last);
        assertThat(matcher(scene, alice).listFailed(Page.first(10))).containsExactly(givenUp);
    }

    @Test
    void claim_rolledBack_leavesTheJobWaiting(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        List<JobLease> lost = new ArrayList<>();

        assertThatThrownBy(() -> scene.service(ServiceRole.MATCHER, alice).inTransaction(session -> {
                    lost.addAll(session.jobs().claim(LEASE, 10));
                    throw new IllegalStateException("rolled back");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(lost).hasSize(1);
        assertLost(scene, lost.get(0));
        assertThat(scene.lease(alice).attempt()).isEqualTo(1);
    }

    @Test
    void claim_limitOrLeaseOutOfRange_isRefused(SnagrData data) {
        JobRepository jobs = new Scene(data).service(ServiceRole.MATCHER).jobs();

        for (int limit : new int[] {Integer.MIN_VALUE, 0, 1_001}) {
            assertFails(ErrorCode.INVALID_INPUT, () -> jobs.claim(LEASE, limit));
        }
        for (Duration lease : List.of(
                Duration.ofSeconds(-1),
                Duration.ZERO,
                Duration.ofMillis(999),
                Duration.ofHours(24).plusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE))) {
            assertFails(ErrorCode.INVALID_INPUT, () -> jobs.claim(lease, 1));
        }
    }

    @Test
    void claim_extremesOfTheRanges_areAccepted(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();

        assertThat(matcher(scene, alice).claim(SHORT, 1)).isEmpty();
        assertThat(matcher(scene, alice).claim(Duration.ofHours(24), 1_000)).isEmpty();
    }

    @Test
    void claim_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        Search search = scene.search(alice);

        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.as(alice).jobs().claim(LEASE, 1));
        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.admin().jobs().claim(LEASE, 1));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.WORKER).jobs().claim(LEASE, 1));
        assertThat(scene.as(alice)
                        .jobs()
                        .listBySearch(search.id(), Page.first(1))
                        .first()
                        .status())
                .isEqualTo(JobStatus.PENDING);
    }

    @Test
    void extend_standingLease_lastsLonger(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease lease = scene.lease(alice);

        JobLease extended = matcher(scene, alice).extend(lease, Duration.ofHours(1));

        assertThat(extended.expiresAt()).isAfter(lease.expiresAt().plus(LEASE));
        assertThat(extended.token()).isEqualTo(lease.token());
        assertThat(extended.attempt()).isEqualTo(lease.attempt());
        assertThat(matcher(scene, alice).complete(lease).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void extend_insideATransaction_countsFromNow(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease lease = scene.lease(alice);

        List<Instant> ends = scene.service(ServiceRole.MATCHER, alice)
                .inTransaction(session -> List.of(
                        session.jobs().extend(lease, LEASE).expiresAt(),
                        session.jobs().extend(lease, LEASE).expiresAt()));

        assertThat(ends.get(1)).isAfter(ends.get(0));
    }

    @Test
    void extend_leaseOutOfRange_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease lease = scene.lease(alice);

        assertFails(ErrorCode.INVALID_INPUT, () -> matcher(scene, alice).extend(lease, Duration.ofMillis(999)));
        assertFails(ErrorCode.INVALID_INPUT, () -> matcher(scene, alice).extend(lease, Duration.ofHours(25)));
    }

    @Test
    void complete_standingLease_endsTheJob(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease lease = scene.lease(alice);

        Job completed = scene.service(ServiceRole.MATCHER).jobs().complete(lease);

        assertThat(completed.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(completed.completedAt()).isNotNull().isAfter(completed.startedAt());
        assertThat(completed.error()).isNull();
        assertThat(scene.as(alice).jobs().get(lease.jobId())).isEqualTo(completed);
        assertLost(scene, lease);
        assertThat(matcher(scene, alice).claim(LEASE, 10)).isEmpty();
    }

    @Test
    void complete_byManyThreads_endsTheJobOnce(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease lease = scene.lease(alice);

        List<Optional<ErrorCode>> outcomes = Race.run(8, i -> {
            try {
                matcher(scene, alice).complete(lease);
                return Optional.empty();
            } catch (SnagrDataException failure) {
                return Optional.of(failure.code());
            }
        });

        assertThat(outcomes)
                .containsOnlyOnce(Optional.empty())
                .containsOnly(Optional.empty(), Optional.of(ErrorCode.LEASE_LOST));
    }

    @Test
    void complete_fail_extend_foreignTokenOrUser_areLost(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease lease = scene.lease(alice);
        Job running = scene.as(alice).jobs().get(lease.jobId());

        assertLost(
                scene,
                new JobLease(
                        lease.jobId(), alice, lease.searchId(), UUID.randomUUID(), lease.attempt(), lease.expiresAt()));
        assertLost(
                scene,
                new JobLease(lease.jobId(), bob, lease.searchId(), lease.token(), lease.attempt(), lease.expiresAt()));
        assertFails(ErrorCode.LEASE_LOST, () -> matcher(scene, bob).complete(lease));
        assertFails(ErrorCode.LEASE_LOST, () -> matcher(scene, bob).fail(lease, JobFailure.permanent("no")));
        assertFails(ErrorCode.LEASE_LOST, () -> matcher(scene, bob).extend(lease, LEASE));
        assertThat(scene.as(alice).jobs().get(lease.jobId())).isEqualTo(running);
    }

    @Test
    void complete_fail_extend_byTheUser_areDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease lease = scene.lease(alice);
        JobRepository ofAlice = scene.as(alice).jobs();

        assertFails(ErrorCode.ACCESS_DENIED, () -> ofAlice.complete(lease));
        assertFails(ErrorCode.ACCESS_DENIED, () -> ofAlice.fail(lease, JobFailure.permanent("no")));
        assertFails(ErrorCode.ACCESS_DENIED, () -> ofAlice.extend(lease, LEASE));
    }

    @Test
    void fail_withRetry_waitsAgainWithOneTryLess(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease first = scene.lease(alice);

        Job failed = matcher(scene, alice).fail(first, JobFailure.retry("HTTP 503", Duration.ZERO));

        assertThat(failed.status()).isEqualTo(JobStatus.PENDING);
        assertThat(failed.retryCount()).isEqualTo(1);
        assertThat(failed.error()).isEqualTo("HTTP 503");
        assertThat(failed.completedAt()).isNull();
        assertThat(scene.as(alice).jobs().get(first.jobId())).isEqualTo(failed);
        assertLost(scene, first);
        JobLease second = scene.lease(alice);
        assertThat(second.jobId()).isEqualTo(first.jobId());
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(matcher(scene, alice).complete(second).retryCount()).isEqualTo(1);
    }

    @Test
    void fail_withPause_isNotClaimedBefore(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();

        Job failed = matcher(scene, alice).fail(scene.lease(alice), JobFailure.retry("later", Duration.ofDays(7)));

        assertThat(failed.status()).isEqualTo(JobStatus.PENDING);
        assertThat(matcher(scene, alice).claim(LEASE, 10)).isEmpty();
    }

    @Test
    void fail_withShortPause_isClaimedAfterIt(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease first = scene.lease(alice);
        matcher(scene, alice).fail(first, JobFailure.retry("soon", Duration.ofMillis(300)));

        assertThat(awaitAny(() -> matcher(scene, alice).claim(LEASE, 10)))
                .extracting(JobLease::jobId)
                .containsExactly(first.jobId());
    }

    @Test
    void fail_permanently_isGivenUpAtOnce(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        JobLease lease = scene.lease(alice);

        Job failed = matcher(scene, alice).fail(lease, JobFailure.permanent("no such marketplace"));

        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.retryCount()).isEqualTo(1);
        assertThat(failed.error()).isEqualTo("no such marketplace");
        assertThat(failed.completedAt()).isNotNull();
        assertThat(matcher(scene, alice).claim(LEASE, 10)).isEmpty();
        assertLost(scene, lease);
    }

    @Test
    void fail_lastTry_isGivenUp(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(scene.search(alice)).isNotNull();
        List<JobStatus> states = new ArrayList<>();

        for (int attempt = 1; attempt <= JobRepository.MAX_ATTEMPTS; attempt++) {
            JobLease lease = scene.lease(alice);
            assertThat(lease.attempt()).isEqualTo(attempt);
            states.add(matcher(scene, alice)
                    .fail(lease, JobFailure.retry("no answer", Duration.ZERO))
                    .status());
        }

        assertThat(states)
                .containsExactly(
                        JobStatus.PENDING, JobStatus.PENDING, JobStatus.PENDING, JobStatus.PENDING, JobStatus.FAILED);
        assertThat(matcher(scene, alice).claim(LEASE, 10)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 20})
    void listFailed_severalUsers_pagesThroughEachOnce(int pageSize, SnagrData data) {
        Scene scene = new Scene(data);
        List<Job> expected = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            expected.add(0, failed(scene, scene.user()));
        }
        List<JobId> ids = expected.stream().map(Job::id).toList();

        List<Job> all = readAll(pageSize, scene.service(ServiceRole.MATCHER).jobs()::listFailed);

        assertThat(all)
                .isSortedAccordingTo(Comparator.comparing(JobRepositoryContract::completedAt)
                        .thenComparing(Job::id)
                        .reversed())
                .doesNotHaveDuplicates();
        assertThat(all.stream().filter(job -> ids.contains(job.id()))).containsExactlyElementsOf(expected);
    }

    @Test
    void listFailed_onBehalfOfOneUser_leavesTheOthers(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        UserId bob = scene.user();
        Job ofAlice = failed(scene, alice);
        assertThat(failed(scene, bob)).isNotNull();

        assertThat(matcher(scene, alice).listFailed(Page.first(10))).containsExactly(ofAlice);
    }

    @Test
    void listFailed_cursorFromElsewhere_isRefused(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        assertThat(failed(scene, alice)).isNotNull();
        assertThat(failed(scene, alice)).isNotNull();
        Cursor ofAll = secondPage(scene.service(ServiceRole.MATCHER).jobs()::listFailed);

        assertFails(ErrorCode.INVALID_CURSOR, () -> matcher(scene, alice).listFailed(Page.after(ofAll, 10)));
    }

    @Test
    void startDue_dueSearch_startsOneRunAndMovesTheNext(SnagrData data) {
        Scene scene = new Scene(data);
        startAll(scene);
        UserId alice = scene.user();
        Search search = scene.search(alice);
        Instant anchor = Instant.now().minus(25, ChronoUnit.HOURS).truncatedTo(ChronoUnit.MICROS);
        SavedSearch saved = scene.as(alice).savedSearches().save(search.id(), Frequency.DAILY, anchor);

        List<DueRun> runs = worker(scene).startDue(10);

        assertThat(runs).hasSize(1);
        DueRun run = runs.get(0);
        assertThat(run.savedSearchId()).isEqualTo(saved.id());
        assertThat(run.userId()).isEqualTo(alice);
        assertThat(run.searchId()).isEqualTo(search.id());
        Job job = scene.as(alice).jobs().get(run.jobId());
        assertThat(job.status()).isEqualTo(JobStatus.PENDING);
        assertThat(job.origin()).isEqualTo(JobOrigin.RERUN);
        SavedSearch moved = scene.as(alice).savedSearches().find(saved.id()).orElseThrow();
        assertThat(moved.lastRunAt()).isEqualTo(job.createdAt());
        assertThat(moved.nextRunAt()).isEqualTo(anchor.plus(48, ChronoUnit.HOURS));
        assertThat(worker(scene).startDue(10)).isEmpty();
    }

    @Test
    void startDue_weekly_keepsTheDayAndHour(SnagrData data) {
        Scene scene = new Scene(data);
        startAll(scene);
        UserId alice = scene.user();
        Instant anchor = Instant.parse("2020-02-29T08:30:00Z");
        SavedSearch saved =
                scene.as(alice).savedSearches().save(scene.search(alice).id(), Frequency.WEEKLY, anchor);

        assertThat(worker(scene).startDue(10)).hasSize(1);

        SavedSearch moved = scene.as(alice).savedSearches().find(saved.id()).orElseThrow();
        assertThat(Duration.between(anchor, moved.nextRunAt()).toSeconds()
                        % Duration.ofDays(7).toSeconds())
                .isZero();
        Instant ranAt = requireNonNull(moved.lastRunAt(), "lastRunAt");
        assertThat(moved.nextRunAt()).isAfter(ranAt).isBeforeOrEqualTo(ranAt.plus(7, ChronoUnit.DAYS));
    }

    @Test
    void startDue_notDuePausedOrAccountOff_startsNothing(SnagrData data) {
        Scene scene = new Scene(data);
        startAll(scene);
        UserId alice = scene.user();
        SavedSearch future = scene.as(alice)
                .savedSearches()
                .save(scene.search(alice).id(), Frequency.DAILY, Instant.now().plus(1, ChronoUnit.HOURS));
        SavedSearch paused =
                scene.as(alice).savedSearches().pause(due(scene, alice, 1).id());
        UserId inactive = scene.user();
        SavedSearch ofInactive = due(scene, inactive, 1);
        assertThat(scene.admin().users().deactivate(inactive)).isNotNull();
        UserId deleted = scene.user();
        SavedSearch ofDeleted = due(scene, deleted, 1);
        assertThat(scene.admin().users().delete(deleted)).isNotNull();

        assertThat(worker(scene).startDue(1_000))
                .extracting(DueRun::savedSearchId)
                .doesNotContain(future.id(), paused.id(), ofInactive.id(), ofDeleted.id());

        assertThat(scene.admin().users().activate(inactive)).isNotNull();
        assertThat(worker(scene).startDue(1_000))
                .extracting(DueRun::savedSearchId)
                .containsExactly(ofInactive.id());
    }

    @Test
    void startDue_moreThanTheLimit_startsTheLongestOverdueFirst(SnagrData data) {
        Scene scene = new Scene(data);
        startAll(scene);
        UserId alice = scene.user();
        UserId bob = scene.user();
        SavedSearchId second = due(scene, alice, 2).id();
        SavedSearchId third = due(scene, bob, 1).id();
        SavedSearchId first = due(scene, bob, 3).id();

        assertThat(worker(scene).startDue(2)).extracting(DueRun::savedSearchId).containsExactly(first, second);
        assertThat(worker(scene).startDue(2)).extracting(DueRun::savedSearchId).containsExactly(third);
    }

    @Test
    void startDue_byManyNodes_startsEachRunOnce(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        startAll(scene);
        List<SavedSearchId> due = new ArrayList<>();
        for (int user = 0; user < 3; user++) {
            UserId id = scene.user();
            scene.simultaneousSearches(id, 15)
                    .forEach(search -> due.add(scene.as(id)
                            .savedSearches()
                            .save(search.id(), Frequency.DAILY, Instant.EPOCH)
                            .id()));
        }

        List<List<DueRun>> started = Race.run(8, i -> {
            List<DueRun> runs = new ArrayList<>();
            List<DueRun> some;
            do {
                some = worker(scene).startDue(1 + i);
                runs.addAll(some);
            } while (!some.isEmpty());
            return runs;
        });
        started.add(startAll(scene));

        List<DueRun> runs = started.stream().flatMap(List::stream).toList();
        assertThat(runs).extracting(DueRun::savedSearchId).containsExactlyInAnyOrderElementsOf(due);
        assertThat(runs).extracting(DueRun::jobId).doesNotHaveDuplicates();
        for (DueRun run : runs) {
            assertThat(scene.as(run.userId()).jobs().listBySearch(run.searchId(), Page.first(10)))
                    .as("the first job and one run")
                    .hasSize(2);
        }
    }

    @Test
    void startDue_whileAnotherIsStarting_skipsItsRunsWithoutWaiting(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        startAll(scene);
        UserId alice = scene.user();
        List<SavedSearchId> due = List.of(
                due(scene, alice, 1).id(),
                due(scene, alice, 2).id(),
                due(scene, alice, 3).id(),
                due(scene, alice, 4).id());
        CyclicBarrier bothHaveStarted = new CyclicBarrier(2);

        List<List<DueRun>> started = Race.run(
                2,
                i -> scene.service(ServiceRole.WORKER).inTransaction(session -> {
                    List<DueRun> runs = session.jobs().startDue(2);
                    Race.meet(bothHaveStarted);
                    return runs;
                }));

        assertThat(started).allSatisfy(runs -> assertThat(runs).hasSize(2));
        assertThat(started.stream().flatMap(List::stream).map(DueRun::savedSearchId))
                .containsExactlyInAnyOrderElementsOf(due);
    }

    @Test
    void startDue_rolledBack_leavesItDue(SnagrData data) {
        Scene scene = new Scene(data);
        startAll(scene);
        SavedSearch saved = due(scene, scene.user(), 1);

        assertThatThrownBy(() -> scene.service(ServiceRole.WORKER).inTransaction(session -> {
                    assertThat(session.jobs().startDue(10)).hasSize(1);
                    throw new IllegalStateException("rolled back");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(worker(scene).startDue(10)).extracting(DueRun::savedSearchId).containsExactly(saved.id());
    }

    @Test
    void startDue_limitOutOfRange_isRefused(SnagrData data) {
        Scene scene = new Scene(data);

        for (int limit : new int[] {-1, 0, 1_001}) {
            assertFails(ErrorCode.INVALID_INPUT, () -> worker(scene).startDue(limit));
        }
    }

    @Test
    void startDue_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        UserId alice = scene.user();
        SavedSearch saved = due(scene, alice, 1);

        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.as(alice).jobs().startDue(1));
        assertFails(ErrorCode.ACCESS_DENIED, () -> scene.admin().jobs().startDue(1));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.MATCHER).jobs().startDue(1));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> scene.service(ServiceRole.WORKER, alice).jobs().startDue(1));
        assertThat(scene.as(alice).savedSearches().find(saved.id())).contains(saved);
    }

    private static JobRepository matcher(Scene scene, UserId user) {
        return scene.service(ServiceRole.MATCHER, user).jobs();
    }

    private static JobRepository worker(Scene scene) {
        return scene.service(ServiceRole.WORKER).jobs();
    }

    /** Every lease there is, so that what a test makes afterwards is all that waits. */
    private static List<JobLease> claimAll(Scene scene) {
        List<JobLease> all = new ArrayList<>();
        List<JobLease> some;
        do {
            some = scene.service(ServiceRole.MATCHER).jobs().claim(Duration.ofHours(24), 1_000);
            all.addAll(some);
        } while (!some.isEmpty());
        return all;
    }

    private static List<DueRun> startAll(Scene scene) {
        List<DueRun> all = new ArrayList<>();
        List<DueRun> some;
        do {
            some = worker(scene).startDue(1_000);
            all.addAll(some);
        } while (!some.isEmpty());
        return all;
    }

    private static SavedSearch due(Scene scene, UserId user, int hoursAgo) {
        return scene.as(user)
                .savedSearches()
                .save(scene.search(user).id(), Frequency.DAILY, Instant.now().minus(hoursAgo, ChronoUnit.HOURS));
    }

    private static Job failed(Scene scene, UserId user) {
        assertThat(scene.search(user)).isNotNull();
        return matcher(scene, user).fail(scene.lease(user), JobFailure.permanent("given up"));
    }

    private static Instant completedAt(Job job) {
        return requireNonNull(job.completedAt(), "completedAt");
    }

    private static void assertLost(Scene scene, JobLease lease) {
        JobRepository jobs = scene.service(ServiceRole.MATCHER).jobs();
        assertFails(ErrorCode.LEASE_LOST, () -> jobs.extend(lease, LEASE));
        assertFails(ErrorCode.LEASE_LOST, () -> jobs.fail(lease, JobFailure.retry("zombie", Duration.ZERO)));
        assertFails(ErrorCode.LEASE_LOST, () -> jobs.fail(lease, JobFailure.permanent("zombie")));
        assertFails(ErrorCode.LEASE_LOST, () -> jobs.complete(lease));
    }
}

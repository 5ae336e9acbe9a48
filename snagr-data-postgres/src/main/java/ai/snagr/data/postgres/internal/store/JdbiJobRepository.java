package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.job.DueRun;
import ai.snagr.data.job.Job;
import ai.snagr.data.job.JobFailure;
import ai.snagr.data.job.JobId;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.job.JobOrigin;
import ai.snagr.data.job.JobRepository;
import ai.snagr.data.job.JobStatus;
import ai.snagr.data.search.SavedSearchId;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.Query;

/**
 * Jobs as a queue in a table. A lease is a token and an end: whoever claims the job next puts another token, so each
 * later step of the worker before him finds no row. Time is {@code statement_timestamp()}, because {@code now()} stands
 * still inside a transaction and a lease would then end too early.
 */
final class JdbiJobRepository implements JobRepository {
    private static final String COLUMNS =
            "id, user_id, search_id, status, origin, retry_count, error, created_at, started_at, completed_at";

    private static final RowMapper<Job> JOB = (row, context) -> new Job(
            new JobId(Rows.uuid(row, 1)),
            new UserId(Rows.uuid(row, 2)),
            new SearchId(Rows.uuid(row, 3)),
            Rows.constant(row, 4, JobStatus.class),
            Rows.constant(row, 5, JobOrigin.class),
            row.getInt(6),
            row.getString(7),
            Rows.instant(row, 8),
            Rows.instantOrNull(row, 9),
            Rows.instantOrNull(row, 10));

    private static final RowMapper<DueRun> DUE_RUN = (row, context) -> new DueRun(
            new SavedSearchId(Rows.uuid(row, 1)),
            new UserId(Rows.uuid(row, 2)),
            new SearchId(Rows.uuid(row, 3)),
            new JobId(Rows.uuid(row, 4)));

    private static final String LEASE_COLUMNS = "id, user_id, search_id, lease_token, retry_count, available_at";

    /** A lease; or none, for a job that was given up. */
    private static final RowMapper<Optional<JobLease>> LEASE = (row, context) -> row.getString(4) == null
            ? Optional.empty()
            : Optional.of(new JobLease(
                    new JobId(Rows.uuid(row, 1)),
                    new UserId(Rows.uuid(row, 2)),
                    new SearchId(Rows.uuid(row, 3)),
                    Rows.uuid(row, 4),
                    row.getInt(5) + 1,
                    Rows.instant(row, 6)));

    private static final String BY_ID =
            "select %s from snagr.jobs where user_id = :userId and id = :id".formatted(COLUMNS);

    private static final NewestFirst<Job> LIST_BY_SEARCH = new NewestFirst<>(
            "jobs.listBySearch",
            new PagedSql(
                    """
                    select %s
                    from snagr.jobs
                    where user_id = :userId
                    and search_id = :searchId""".formatted(COLUMNS),
                    "and (created_at, id) < (:afterAt, :afterId)",
                    "order by created_at desc, id desc"),
            JOB,
            job -> ListId.Position.at(job.createdAt(), job.id().value()));

    private static final NewestFirst<Job> LIST_FAILED = listFailed("");

    private static final NewestFirst<Job> LIST_FAILED_OF_USER = listFailed("and user_id = :userId");

    private static final String RERUN = """
            insert into snagr.jobs (user_id, id, search_id, status, origin)
            select search.user_id, :id, search.id, 'pending', 'rerun'
            from snagr.searches as search
            where search.user_id = :userId
            and search.id = :searchId
            returning %s""".formatted(COLUMNS);

    private static final String START_DUE =
            "select saved_search_id, user_id, search_id, job_id from snagr.start_due(:limit, :jobIds)";

    private static final String CLAIM = claim("");

    private static final String CLAIM_OF_USER = claim("and user_id = :userId");

    private static final String EXTEND = """
            update snagr.jobs
            set available_at = statement_timestamp() + :millis * interval '1 millisecond'
            where user_id = :userId
            and id = :id
            and lease_token = :token
            returning %s""".formatted(LEASE_COLUMNS);

    private static final String COMPLETE = """
            update snagr.jobs
            set status = 'completed',
                lease_token = null,
                completed_at = statement_timestamp()
            where user_id = :userId
            and id = :id
            and lease_token = :token
            returning %s""".formatted(COLUMNS);

    private static final String FAIL = """
            update snagr.jobs
            set status = case when retry_count + 1 < :tries then 'pending' else 'failed' end,
                retry_count = retry_count + 1,
                error = :error,
                lease_token = null,
                available_at = statement_timestamp() + :millis * interval '1 millisecond',
                completed_at = case when retry_count + 1 < :tries then null else statement_timestamp() end
            where user_id = :userId
            and id = :id
            and lease_token = :token
            returning %s""".formatted(COLUMNS);

    private final Caller caller;

    JdbiJobRepository(Caller caller) {
        this.caller = caller;
    }

    @Override
    public Optional<Job> find(JobId id) {
        UserId user = caller.user("jobs.find");
        return caller.run(
                "jobs.find",
                handle -> handle.createQuery(BY_ID)
                        .bind("userId", user.value())
                        .bind("id", id.value())
                        .map(JOB)
                        .findOne());
    }

    @Override
    public Job get(JobId id) {
        return find(id).orElseThrow(() -> Missing.row("job", id));
    }

    @Override
    public Slice<Job> listBySearch(SearchId searchId, Page page) {
        UserId user = caller.user("jobs.listBySearch");
        return LIST_BY_SEARCH.read(caller, page, Map.of("userId", user.value(), "searchId", searchId.value()));
    }

    @Override
    public Job rerun(SearchId searchId) {
        UserId user = caller.user("jobs.rerun");
        return caller.run(
                        "jobs.rerun",
                        handle -> handle.createQuery(RERUN)
                                .bind("userId", user.value())
                                .bind("id", Ids.next())
                                .bind("searchId", searchId.value())
                                .map(JOB)
                                .findOne())
                .orElseThrow(() -> Missing.row("search", searchId));
    }

    @Override
    public List<DueRun> startDue(int limit) {
        Inputs.claimLimit("jobs.startDue", limit);
        if (caller.context().subject().isPresent()) {
            throw new SnagrDataException.Denied(
                    ErrorCode.ACCESS_DENIED,
                    "jobs.startDue starts what is due for all users: use Actor.service(WORKER), on behalf of nobody");
        }
        UUID[] jobIds = Stream.generate(Ids::next).limit(limit).toArray(UUID[]::new);
        return caller.run(
                "jobs.startDue",
                handle -> handle.createQuery(START_DUE)
                        .bind("limit", limit)
                        .bind("jobIds", jobIds)
                        .map(DUE_RUN)
                        .list());
    }

    @Override
    public List<JobLease> claim(Duration lease, int limit) {
        long millis = Inputs.leaseMillis("jobs.claim", lease);
        Inputs.claimLimit("jobs.claim", limit);
        List<Optional<JobLease>> taken;
        List<JobLease> leases;
        do {
            taken = claimOnce(millis, limit);
            leases = taken.stream().flatMap(Optional::stream).toList();
            // Nothing but jobs that were given up: others may wait behind them, and empty would say that none does.
        } while (leases.isEmpty() && !taken.isEmpty());
        return leases;
    }

    private List<Optional<JobLease>> claimOnce(long millis, int limit) {
        Optional<UserId> subject = caller.context().subject();
        return caller.run("jobs.claim", handle -> {
            Query query = handle.createQuery(subject.isPresent() ? CLAIM_OF_USER : CLAIM)
                    .bind("token", UUID.randomUUID())
                    .bind("millis", millis)
                    .bind("limit", limit);
            subject.ifPresent(user -> query.bind("userId", user.value()));
            return query.map(LEASE).list();
        });
    }

    @Override
    public JobLease extend(JobLease current, Duration lease) {
        long millis = Inputs.leaseMillis("jobs.extend", lease);
        requireOwn(current);
        return caller.run(
                        "jobs.extend",
                        handle -> handle.createQuery(EXTEND)
                                .bind("userId", current.userId().value())
                                .bind("id", current.jobId().value())
                                .bind("token", current.token())
                                .bind("millis", millis)
                                .map(LEASE)
                                .findOne())
                .flatMap(extended -> extended)
                .orElseThrow(() -> lost(current));
    }

    @Override
    public Job complete(JobLease lease) {
        requireOwn(lease);
        return caller.run(
                        "jobs.complete",
                        handle -> handle.createQuery(COMPLETE)
                                .bind("userId", lease.userId().value())
                                .bind("id", lease.jobId().value())
                                .bind("token", lease.token())
                                .map(JOB)
                                .findOne())
                .orElseThrow(() -> lost(lease));
    }

    @Override
    public Job fail(JobLease lease, JobFailure failure) {
        requireOwn(lease);
        return caller.run(
                        "jobs.fail",
                        handle -> handle.createQuery(FAIL)
                                .bind("userId", lease.userId().value())
                                .bind("id", lease.jobId().value())
                                .bind("token", lease.token())
                                .bind("error", failure.error())
                                .bind("tries", failure.retryAfter().isPresent() ? MAX_ATTEMPTS : 0)
                                .bind(
                                        "millis",
                                        failure.retryAfter()
                                                .orElse(Duration.ZERO)
                                                .toMillis())
                                .map(JOB)
                                .findOne())
                .orElseThrow(() -> lost(lease));
    }

    @Override
    public Slice<Job> listFailed(Page page) {
        return caller.context()
                .subject()
                .map(user -> LIST_FAILED_OF_USER.read(caller, page, Map.of("userId", user.value())))
                .orElseGet(() -> LIST_FAILED.read(caller, page, Map.of()));
    }

    /** A service on behalf of one user holds no lease on another's job. */
    private void requireOwn(JobLease lease) {
        if (!caller.means(lease.userId())) {
            throw lost(lease);
        }
    }

    private static SnagrDataException lost(JobLease lease) {
        return new SnagrDataException.Conflict(
                ErrorCode.LEASE_LOST,
                "The lease on job " + lease.jobId() + " was taken over by another worker, or the job has ended: drop"
                        + " this try's work");
    }

    private static NewestFirst<Job> listFailed(String ofUser) {
        return new NewestFirst<>(
                "jobs.listFailed",
                new PagedSql(
                        """
                        select %s
                        from snagr.jobs
                        where status = 'failed' %s""".formatted(COLUMNS, ofUser),
                        "and (completed_at, id) < (:afterAt, :afterId)",
                        "order by completed_at desc, id desc"),
                JOB,
                job -> ListId.Position.at(
                        Objects.requireNonNull(job.completedAt(), "completedAt"),
                        job.id().value()));
    }

    /** A job that is found running here has fallen silent, which counts as a failed try. */
    private static String claim(String ofUser) {
        return """
                with waiting as (
                    select user_id, id, available_at as waiting_since,
                        retry_count + case status when 'running' then 1 else 0 end as failed_tries
                    from snagr.jobs
                    where status in ('pending', 'running')
                    and available_at <= statement_timestamp() %1$s
                    order by available_at, id
                    limit :limit
                    for update skip locked),
                taken as (
                    update snagr.jobs as job
                    set status = case when failed_tries < %2$d then 'running' else 'failed' end,
                        retry_count = failed_tries,
                        error = case job.status
                            when 'running' then 'The worker fell silent: its lease ended without a word'
                            else job.error end,
                        lease_token = case when failed_tries < %2$d then :token end,
                        available_at = case when failed_tries < %2$d
                            then statement_timestamp() + :millis * interval '1 millisecond'
                            else job.available_at end,
                        started_at = case when failed_tries < %2$d then statement_timestamp() else job.started_at end,
                        completed_at = case when failed_tries < %2$d then null else statement_timestamp() end
                    from waiting
                    where job.user_id = waiting.user_id
                    and job.id = waiting.id
                    returning job.id, job.user_id, job.search_id, job.lease_token, job.retry_count, job.available_at,
                        waiting.waiting_since)
                select %3$s
                from taken
                order by waiting_since, id""".formatted(ofUser, MAX_ATTEMPTS, LEASE_COLUMNS);
    }
}

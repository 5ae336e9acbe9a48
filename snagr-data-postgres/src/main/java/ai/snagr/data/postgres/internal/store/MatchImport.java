package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.bulk.BulkReport;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.postgres.Capability;
import ai.snagr.data.postgres.internal.bulk.BinaryCopy;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.crypto.Batch;
import ai.snagr.data.postgres.internal.crypto.BatchContext;
import ai.snagr.data.postgres.internal.crypto.FieldContext;
import ai.snagr.data.postgres.internal.crypto.LockPublicKey;
import ai.snagr.data.postgres.internal.crypto.MatchKey;
import ai.snagr.data.postgres.internal.crypto.RowKey;
import ai.snagr.data.postgres.internal.crypto.SubjectKey;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/**
 * One bulk write of matches, in one transaction. The rows are sealed, each
 * under a key of its own that follows from the batch key of this write, and copied into a staging table as the role that
 * owns it, for COPY is refused where row-level security applies; then they are written as the matcher, whose policies
 * check each of them, and leave the staging table again.
 *
 * <p>Two writers of one search take turns from the moment that their rows are staged. So what is there can be looked up
 * first: a search without matches needs no conflict clause, and a row that is there and equal is not even locked.
 */
final class MatchImport {
    private static final String OPERATION = "matches.upsertAll";

    /** Bounds the time of one statement. Fewer or more rows per statement were no faster. */
    private static final int ROWS_PER_STATEMENT = 5_000;

    private static final String VISIBLE_COLUMNS =
            "title, price_minor, currency, description, image_url, posted_at, distance_meters, relevance_score";

    private static final String STAGED_COLUMNS =
            "user_id, id, external_listing_id, " + VISIBLE_COLUMNS + ", seller_info, listing_url";

    private static final BinaryCopy STAGING =
            new BinaryCopy("snagr.staging_matches", List.of(("run_id, record_no, " + STAGED_COLUMNS).split(", ")));

    // A claim takes jobs "for update skip locked", so none gets this one meanwhile, even when the lease has run out. It
    // is the weakest lock, because its holder may extend the lease meanwhile.
    private static final String HOLD_LEASE = """
            select lock.version, lock.public_key
            from snagr.jobs
            left join lateral (
                select version, public_key
                from snagr.lock_keys
                order by version desc
                limit 1) as lock on true
            where jobs.user_id = :userId
            and jobs.id = :jobId
            and jobs.search_id = :searchId
            and jobs.lease_token = :token
            for key share of jobs""";

    /**
     * Local to the transaction. The COPY lasts as long as the caller's stream does; the next statement brings its own time
     * limit again. And without sorting, what is asked for in the order of a key is read by the index of that key:
     * statistics that promise one match per search, which they do while a search is new, make any index of the user's
     * matches look as good, and it would be read as a whole for every row.
     */
    private static final String PREPARE = """
            select set_config('statement_timeout', '0', true),
                set_config('enable_sort', 'off', true)""";

    private static final String TAKE_TURN = "select true from (select pg_advisory_xact_lock(:key)) as taken";

    // Not in one statement with the lock: its snapshot would be older than the wait.
    private static final String LOOK = """
            with repeated as materialized (
                select min(record_no) as first_no, max(record_no) as last_no
                from snagr.staging_matches
                where user_id = :userId
                and run_id = :runId
                group by external_listing_id
                having count(*) > 1)
            select
                (select true
                    from snagr.matches
                    where user_id = :userId
                    and search_id = :searchId
                    order by external_listing_id
                    limit 1),
                (select count(*) from repeated),
                (select string_agg(first_no || ' and ' || last_no, ', ' order by first_no)
                    from (select first_no, last_no from repeated order by first_no limit 5) as few)""";

    private static final String INSERT = """
            insert into snagr.matches as stored (search_id, job_id, batch_id, %1$s)
            select :searchId, :jobId, :runId, %2$s
            from snagr.staging_matches as staged""".formatted(STAGED_COLUMNS, of("staged", STAGED_COLUMNS));

    private static final String STEP = """
            where staged.user_id = :userId
            and staged.run_id = :runId
            and staged.record_no between :first and :last""";

    private static final String INSERT_INTO_EMPTY_SEARCH = INSERT + "\n" + STEP + "\norder by staged.record_no";

    // Two bounds in place of equality: else external_listing_id would be constant, and every index in its order.
    private static final String UPSERT = """
            with written as (
                %1$s
                left join lateral (
                    select %2$s
                    from snagr.matches as present
                    where present.user_id = :userId
                    and present.search_id = :searchId
                    and present.external_listing_id >= staged.external_listing_id
                    and present.external_listing_id <= staged.external_listing_id
                    order by present.external_listing_id
                    limit 1) as present on true
                %3$s
                and (%4$s) is distinct from (%5$s)
                order by staged.record_no
                on conflict (user_id, search_id, external_listing_id) do update
                set (job_id, %2$s) = row (excluded.job_id, %6$s),
                    seller_info = case when stored.frozen then stored.seller_info else excluded.seller_info end,
                    listing_url = case when stored.frozen then stored.listing_url else excluded.listing_url end,
                    batch_id = case when stored.frozen then stored.batch_id else excluded.batch_id end,
                    updated_at = clock_timestamp()
                where (%7$s) is distinct from (%6$s)
                returning xmax = 0 as inserted)
            select count(*) filter (where inserted), count(*) filter (where not inserted)
            from written""".formatted(
                    INSERT,
                    VISIBLE_COLUMNS,
                    STEP,
                    of("present", VISIBLE_COLUMNS),
                    of("staged", VISIBLE_COLUMNS),
                    of("excluded", VISIBLE_COLUMNS),
                    of("stored", VISIBLE_COLUMNS));

    private static final String STORE_BATCH = """
            insert into snagr.batch_keys (user_id, id, search_id, job_id, key_id, lock_version, sealed)
            values (:userId, :runId, :searchId, :jobId, :keyId, :lockVersion, :sealed)""";

    private static final String CLEAR = """
            with cleared as (
                delete from snagr.staging_matches
                where user_id = :userId
                and run_id = :runId)
            select set_config('enable_sort', 'on', true)""";

    private static final RowMapper<Optional<LockPublicKey>> LOCK = (row, context) ->
            row.getBytes(2) == null ? Optional.empty() : Optional.of(new LockPublicKey(row.getInt(1), row.getBytes(2)));

    private static final RowMapper<Found> FOUND =
            (row, context) -> new Found(row.getBoolean(1), row.getLong(2), row.getString(3));

    private static final RowMapper<Written> WRITTEN = (row, context) -> new Written(row.getLong(1), row.getLong(2));

    private final SubjectKeys subjectKeys;
    private final JobLease lease;
    private final UserId user;
    private final SearchId search;
    private final UUID runId = Ids.next();

    MatchImport(SubjectKeys subjectKeys, JobLease lease) {
        this.subjectKeys = subjectKeys;
        this.lease = lease;
        this.user = lease.userId();
        this.search = lease.searchId();
    }

    BulkReport write(Caller caller, Stream<NewMatch> matches) {
        subjectKeys.matches().require(Capability.WRITE_MATCHES, OPERATION);
        return caller.transact(OPERATION, transaction -> {
            LockPublicKey lock = holdLease(transaction);
            SubjectKey key = subjectKeys.forWriting(transaction, user);
            try (Batch batch = key.newBatch(new BatchContext(runId, search, user))) {
                return write(transaction, matches, batch, lock);
            }
        });
    }

    private BulkReport write(Caller transaction, Stream<NewMatch> matches, Batch batch, LockPublicKey lock) {
        long staged = stage(transaction, matches, batch);
        if (staged == 0) {
            return new BulkReport(0, 0, 0);
        }
        takeTurn(transaction);
        Found found = look(transaction);
        if (found.repeated > 0) {
            clear(transaction); // the caller's transaction may go on
            throw repeated(found);
        }
        Written written = apply(transaction, staged, found.matches ? this::upsert : this::insert);
        if (written.inserted + written.updated > 0) {
            store(transaction, batch, lock);
        }
        clear(transaction);
        return new BulkReport(written.inserted, written.updated, staged - written.inserted - written.updated);
    }

    /** The key to which the batch will be sealed. */
    private LockPublicKey holdLease(Caller transaction) {
        LockPublicKey lock = transaction
                .run(
                        OPERATION,
                        handle -> handle.createQuery(HOLD_LEASE)
                                .bind("userId", user.value())
                                .bind("jobId", lease.jobId().value())
                                .bind("searchId", search.value())
                                .bind("token", lease.token())
                                .map(LOCK)
                                .findOne())
                .orElseThrow(() -> lost(lease))
                .orElseThrow(
                        () -> new SnagrDataException.Misconfigured(
                                "snagr.lock_keys is empty: start a process with the capability UNLOCK, which makes a lock key"));
        subjectKeys.matches().requireTrusted(lock);
        return lock;
    }

    private void store(Caller transaction, Batch batch, LockPublicKey lock) {
        int ignored = transaction.run(
                OPERATION,
                handle -> ofRun(handle.createUpdate(STORE_BATCH))
                        .bind("searchId", search.value())
                        .bind("jobId", lease.jobId().value())
                        .bind("keyId", batch.keyId())
                        .bind("lockVersion", lock.version())
                        .bind("sealed", batch.sealedTo(lock))
                        .execute());
    }

    static SnagrDataException lost(JobLease lease) {
        return new SnagrDataException.Conflict(
                ErrorCode.LEASE_LOST,
                "The lease on job " + lease.jobId() + " was taken over by another worker, or the job has ended: drop"
                        + " this try's work");
    }

    private long stage(Caller transaction, Stream<NewMatch> matches, Batch batch) {
        Encoder encoder = new Encoder(batch);
        return transaction.through(DatabaseRole.BULK).run(OPERATION, handle -> {
            handle.createQuery(PREPARE).mapTo(String.class).one();
            return STAGING.copy(handle, matches, encoder);
        });
    }

    private void takeTurn(Caller transaction) {
        long key = ByteBuffer.wrap(ListId.of(OPERATION, user, search).bytes()).getLong();
        transaction.run(
                OPERATION,
                handle -> handle.createQuery(TAKE_TURN)
                        .bind("key", key)
                        .mapTo(Boolean.class)
                        .one());
    }

    private Found look(Caller transaction) {
        return transaction.run(
                OPERATION,
                handle -> ofRun(handle.createQuery(LOOK))
                        .bind("searchId", search.value())
                        .map(FOUND)
                        .one());
    }

    private SnagrDataException repeated(Found found) {
        return new SnagrDataException.InvalidInput(
                ErrorCode.DUPLICATE_IN_BATCH,
                OPERATION + " got " + found.repeated + " external ids more than once, such as in records "
                        + found.fewRecords + ", counted from 1; nothing was written: keep one record of each");
    }

    private Written apply(Caller transaction, long staged, Step step) {
        Written sum = new Written(0, 0);
        for (long first = 1; first <= staged; first += ROWS_PER_STATEMENT) {
            sum = sum.plus(step.write(transaction, first));
        }
        return sum;
    }

    private Written insert(Caller transaction, long first) {
        int inserted = transaction.run(
                OPERATION,
                handle -> ofStep(handle.createUpdate(INSERT_INTO_EMPTY_SEARCH), first)
                        .execute());
        return new Written(inserted, 0);
    }

    private Written upsert(Caller transaction, long first) {
        return transaction.run(
                OPERATION,
                handle -> ofStep(handle.createQuery(UPSERT), first).map(WRITTEN).one());
    }

    private void clear(Caller transaction) {
        transaction.run(
                OPERATION,
                handle -> ofRun(handle.createQuery(CLEAR)).mapTo(String.class).one());
    }

    private <S extends SqlStatement<S>> S ofStep(S statement, long first) {
        return ofRun(statement)
                .bind("searchId", search.value())
                .bind("jobId", lease.jobId().value())
                .bind("first", first)
                .bind("last", first + ROWS_PER_STATEMENT - 1);
    }

    private <S extends SqlStatement<S>> S ofRun(S statement) {
        return statement.bind("userId", user.value()).bind("runId", runId);
    }

    /** The columns, each with the name of its table. */
    private static String of(String table, String columns) {
        return table + "." + columns.replace(", ", ", " + table + ".");
    }

    /** Writes the staged rows that begin there. */
    private interface Step {
        Written write(Caller transaction, long first);
    }

    /** @param fewRecords the numbers of a few that share an id; absent where none do */
    private record Found(
            boolean matches, long repeated, @Nullable String fewRecords) {}

    private record Written(long inserted, long updated) {
        Written plus(Written more) {
            return new Written(inserted + more.inserted, updated + more.updated);
        }
    }

    /** Numbers the rows, seals what must not be seen, and writes them in the order of the staging columns. */
    private final class Encoder implements BinaryCopy.RowEncoder<NewMatch> {
        private final Batch batch;
        private long recordNo;

        Encoder(Batch batch) {
            this.batch = batch;
        }

        @Override
        public void encode(NewMatch match, BinaryCopy.Fields fields) {
            String externalId = match.externalListingId();
            WebUrl image = match.imageUrl();
            recordNo++;
            fields.uuid(runId)
                    .int8(recordNo)
                    .uuid(user.value())
                    .uuid(Ids.next())
                    .text(externalId)
                    .text(match.title())
                    .int8(match.price().minorUnits())
                    .text(match.price().currency())
                    .text(match.description())
                    .text(image == null ? null : image.value())
                    .timestamptz(match.postedAt())
                    .int4(match.distanceMeters())
                    .float8(match.relevanceScore());
            try (MatchKey key = batch.matchKey(RowKey.ofMatch(search, externalId))) {
                fields.bytea(key.seal(
                                FieldContext.seller(user, search, externalId),
                                SellerInfoJson.write(match.seller().expose())))
                        .bytea(key.seal(
                                FieldContext.listingUrl(user, search, externalId),
                                match.listingUrl().expose().value().getBytes(StandardCharsets.UTF_8)));
            }
        }
    }
}

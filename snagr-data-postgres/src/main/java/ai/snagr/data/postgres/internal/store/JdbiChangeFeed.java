package ai.snagr.data.postgres.internal.store;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.change.Change;
import ai.snagr.data.change.ChangeBatch;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.change.ChangeKind;
import ai.snagr.data.change.ChangeListener;
import ai.snagr.data.change.ConsumerName;
import ai.snagr.data.change.Position;
import ai.snagr.data.change.Subscription;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.postgres.internal.store.FeedPosition.Snapshot;
import ai.snagr.data.user.UserId;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.Query;

/**
 * Changes by the difference of snapshots: what the one of now, or of the target, sees and the one of the position did not.
 * So a transaction that took long is told when it has ended, nothing waits for it meanwhile, and nothing is told twice.
 */
final class JdbiChangeFeed implements ChangeFeed {
    private static final RowMapper<Row> ROW = (row, context) -> new Row(
            Snapshot.parse(row.getString(1)).orElseThrow(),
            Optional.ofNullable(row.getString(2)),
            row.getLong(3),
            row.getBoolean(4),
            row.getLong(5),
            change(row));

    private static final String POLL = poll("");

    private static final String POLL_OF_USER = poll(" and o.user_id = :userId", " and o.user_id is null");

    private static final String BEGIN = "select snagr.begin_change_epoch()";

    private static final String ACKNOWLEDGED = "select position from snagr.change_consumers where name = :name";

    private static final String ACKNOWLEDGE = """
            insert into snagr.change_consumers (name, position)
            values (:name, :position)
            on conflict (name) do update set position = excluded.position, updated_at = statement_timestamp()""";

    private static final String PURGE = "select snagr.purge_changes(:ageMillis, :limit)";

    private final Caller caller;
    private final ChangeSubscriptions subscriptions;
    private final String scope;

    JdbiChangeFeed(Caller caller, ChangeSubscriptions subscriptions) {
        this.caller = caller;
        this.subscriptions = subscriptions;
        this.scope = caller.context().subject().map(UserId::toString).orElse("all");
    }

    @Override
    public ChangeBatch poll(Position after, int max) {
        Inputs.batchOfChanges("changes.poll", max);
        Optional<FeedPosition> from = FeedPosition.decode(after, scope);
        requireOutsideTransaction("changes.poll");
        List<Row> rows = read(from, max);
        Row now = rows.get(0);
        FeedPosition present = FeedPosition.at(now.feed().orElseThrow(), now.snapshot());
        if (from.isEmpty() || isLost(from.get(), now)) {
            return new ChangeBatch(List.of(Change.EVERYTHING), present.encode(scope));
        }
        List<Row> found = rows.stream().filter(row -> row.change().isPresent()).toList();
        Snapshot target = from.get().target().orElse(now.snapshot());
        FeedPosition next = found.size() <= max
                ? FeedPosition.at(present.feed(), target)
                : new FeedPosition(
                        present.feed(),
                        from.get().seen(),
                        Optional.of(target),
                        found.get(max - 1).number());
        return new ChangeBatch(
                found.stream().limit(max).flatMap(row -> row.change().stream()).toList(), next.encode(scope));
    }

    @Override
    public Position acknowledged(ConsumerName consumer) {
        requireAll("changes.acknowledged");
        return caller.run(
                "changes.acknowledged",
                handle -> handle.createQuery(ACKNOWLEDGED)
                        .bind("name", consumer.value())
                        .map((row, context) -> new Position(row.getString(1)))
                        .findOne()
                        .orElse(Position.START));
    }

    @Override
    public void acknowledge(ConsumerName consumer, Position position) {
        requireAll("changes.acknowledge");
        Optional<FeedPosition> decoded = FeedPosition.decode(position, scope);
        int kept = caller.run(
                "changes.acknowledge",
                handle -> handle.createUpdate(ACKNOWLEDGE)
                        .bind("name", consumer.value())
                        .bind("position", decoded.isPresent() ? position.token() : Position.START.token())
                        .execute());
        if (kept != 1) {
            throw new IllegalStateException("an upsert of one row wrote " + kept);
        }
    }

    @Override
    public Subscription subscribe(Position after, ChangeListener listener) {
        requireNonNull(listener, "listener");
        ChangeBatch refusedHere = poll(after, 1);
        return subscriptions.start(this, refusedHere.changes().isEmpty() ? refusedHere.next() : after, listener);
    }

    @Override
    public Subscription subscribe(ConsumerName consumer, ChangeListener listener) {
        requireNonNull(listener, "listener");
        requireOutsideTransaction("changes.subscribe");
        return subscriptions.start(this, consumer, acknowledged(consumer), listener);
    }

    @Override
    public int purge(Duration olderThan, int limit) {
        long millis = Inputs.keptMillis("changes.purge", olderThan);
        Inputs.purgeLimit("changes.purge", limit);
        requireAll("changes.purge");
        return caller.run(
                "changes.purge",
                handle -> handle.createQuery(PURGE)
                        .bind("ageMillis", millis)
                        .bind("limit", limit)
                        .map((row, context) -> row.getInt(1))
                        .one());
    }

    private List<Row> read(Optional<FeedPosition> from, int max) {
        while (true) {
            List<Row> rows = readOnce(from, max);
            if (rows.get(0).standby()) {
                throw new SnagrDataException.Misconfigured(
                        "changes.poll needs the primary: a standby does not know which transactions are running");
            }
            if (rows.get(0).feed().isPresent()) {
                return rows;
            }
            // The first poll of this life of the database.
            reader().run(
                            "changes.poll",
                            handle -> handle.createQuery(BEGIN)
                                    .map((row, context) -> true)
                                    .one());
        }
    }

    private List<Row> readOnce(Optional<FeedPosition> from, int max) {
        Optional<UserId> user = caller.context().subject();
        return reader().run("changes.poll", handle -> {
            Query query = handle.createQuery(user.isPresent() ? POLL_OF_USER : POLL)
                    .bind("seen", Binds.text(from.map(f -> f.seen().text()).orElse(null)))
                    .bind(
                            "target",
                            Binds.text(from.flatMap(FeedPosition::target)
                                    .map(Snapshot::text)
                                    .orElse(null)))
                    .bind("number", from.map(FeedPosition::number).orElse(0L))
                    .bind("limit", max + 1);
            user.ifPresent(id -> query.bind("userId", id.value()));
            return query.map(ROW).list();
        });
    }

    /** A service on behalf of a user reads as that user would: the policy leaves it his rows and no others. */
    private Caller reader() {
        return caller.context().subject().isPresent()
                ? caller.through(caller.context().trace().users())
                : caller;
    }

    /** Whether changes behind the position may be missing: another life of the database, or purged. */
    private static boolean isLost(FeedPosition from, Row now) {
        return !now.feed().equals(Optional.of(from.feed()))
                || now.purgedTo() >= from.seen().xmin()
                || now.snapshot().xmax() < from.seen().xmax();
    }

    private void requireOutsideTransaction(String operation) {
        if (caller.statements().inTransaction()) {
            throw new SnagrDataException.Conflict(
                    ErrorCode.WRONG_STATE,
                    operation + " is refused inside a transaction, whose own changes may still be rolled back: use a"
                            + " session outside of it");
        }
    }

    private void requireAll(String operation) {
        if (caller.context().subject().isPresent()) {
            throw new SnagrDataException.Denied(
                    ErrorCode.ACCESS_DENIED,
                    operation + " is about the changes of all users: use a service on behalf of nobody. A user's"
                            + " position is his own to keep");
        }
    }

    /**
     * The bounds are computed apart, so that a condition compares a column with a value and nothing else, and an index
     * serves it before the policy is asked. The upper bound says nothing that the snapshot does not, but has the planner
     * expect few rows.
     */
    private static String poll(String... conditions) {
        String notSeen = Arrays.stream(conditions)
                .map(condition -> """
                    select o.number, o.kind, o.user_id, o.keys
                    from snagr.change_outbox o
                    where (o.xid >= here.seen_to and o.xid < here.known_to or o.xid = any (here.seen_running))
                      and pg_visible_in_snapshot(o.xid, here.known)
                      and o.number > :number""" + condition)
                .collect(Collectors.joining("\nunion all\n"));
        return """
            with now as materialized (
              select pg_current_snapshot() as snapshot, cast(:seen as pg_snapshot) as seen,
                cast(:target as pg_snapshot) as target
            ), here as materialized (
              select now.snapshot, coalesce(now.target, now.snapshot) as known,
                pg_snapshot_xmax(coalesce(now.target, now.snapshot)) as known_to, pg_snapshot_xmax(now.seen) as seen_to,
                array(select pg_snapshot_xip(now.seen)) as seen_running,
                (select system_identifier from pg_control_system()) || '/' || e.id as feed,
                e.purged_to, pg_is_in_recovery() as standby
              from now
              left join snagr.change_epoch e on true
            )
            select cast(here.snapshot as text), here.feed, cast(cast(here.purged_to as text) as bigint), here.standby,
              told.number, told.kind, told.user_id, told.keys
            from here
            left join lateral (
            %s
            order by number
            limit :limit
            ) told on true
            order by told.number""".formatted(notSeen);
    }

    private static Optional<Change> change(ResultSet row) throws SQLException {
        if (row.getString(6) == null) {
            return Optional.empty();
        }
        Array keys = row.getArray(8);
        return Optional.of(new Change(
                Optional.of(Rows.constant(row, 6, ChangeKind.class)),
                Optional.ofNullable(row.getObject(7, UUID.class)).map(UserId::new),
                keys == null ? Set.of() : Set.of((UUID[]) keys.getArray())));
    }

    /** What every row says of now, and one change; no change in the only row where there is none. */
    private record Row(
            Snapshot snapshot,
            Optional<String> feed,
            long purgedTo,
            boolean standby,
            long number,
            Optional<Change> change) {}
}

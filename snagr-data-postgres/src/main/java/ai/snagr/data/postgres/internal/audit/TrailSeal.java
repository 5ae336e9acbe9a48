package ai.snagr.data.postgres.internal.audit;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.StatementScope;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Seals the trail in steps of one transaction each: leaves, the signature over them, and the note are committed together.
 * A note that was committed and not given to the sink is given to it at the next call, before anything else.
 */
public final class TrailSeal {
    private static final int BATCH = 10_000;

    private static final String OLDEST_UNSEALED = "select snagr.audit_oldest_unsealed()";
    private static final String NOTES = "select tree_size, note from snagr.audit_notes(:size)";
    private static final String BEGIN = "select tree_size, tree_range, note from snagr.audit_seal_begin()";
    private static final String TAKE = "select leaf_index, leaf_hash, watermark from snagr.audit_seal_take(:limit)";
    private static final String PUT = "select snagr.audit_seal_put(:size, :watermark, :range, :note)::text";

    private final StatementScope statements;
    private final ActorContext worker;
    private final String origin;
    private final SigningKey key;
    private final Supplier<Optional<String>> received;
    private final Consumer<String> sink;
    private final InstantSource clock;

    /**
     * @param received the sink's last note
     * @param sink takes one note
     */
    public TrailSeal(
            StatementScope statements,
            ActorContext worker,
            String origin,
            SigningKey key,
            Supplier<Optional<String>> received,
            Consumer<String> sink,
            InstantSource clock) {
        this.statements = statements;
        this.worker = worker;
        this.origin = origin;
        this.key = key;
        this.received = received;
        this.sink = sink;
        this.clock = clock;
    }

    /** Seals all that can be, and returns how many events that were. */
    public long all() {
        deliver();
        long sealed = 0;
        long step;
        do {
            step = statements.transact("audit.seal", worker, this::step);
            deliver();
            sealed += step;
        } while (step == BATCH);
        return sealed;
    }

    public Optional<Instant> oldestUnsealed() {
        return statements.run(
                "audit.oldestUnsealed",
                worker,
                handle -> handle.createQuery(OLDEST_UNSEALED)
                        .map((row, context) -> Optional.ofNullable(row.getObject(1, OffsetDateTime.class))
                                .map(OffsetDateTime::toInstant))
                        .one());
    }

    /** Gives the sink each note that it does not have. */
    private void deliver() {
        Optional<Checkpoint> last = received.get().flatMap(SignedNote::unverified);
        long size = last.map(Checkpoint::size).orElse(0L);
        if (last.isPresent() && size > 0) {
            Optional<Checkpoint> here = notesAbove(size - 1).stream()
                    .findFirst()
                    .flatMap(SignedNote::unverified)
                    .filter(last.get()::sameTree);
            if (here.isEmpty()) {
                throw new SnagrDataException.Conflict(
                        ErrorCode.WRONG_STATE,
                        "The audit trail is not the one whose checkpoint of " + size
                                + " events was exported: the database was put back to an older state, or exchanged."
                                + " Nothing was sealed; verify an export against the exported checkpoints");
            }
        }
        List<String> notes = notesAbove(size);
        while (!notes.isEmpty()) {
            notes.forEach(sink);
            size = SignedNote.unverified(notes.get(notes.size() - 1))
                    .map(Checkpoint::size)
                    .orElse(Long.MAX_VALUE);
            notes = notesAbove(size);
        }
    }

    private List<String> notesAbove(long size) {
        return statements.run(
                "audit.notes",
                worker,
                handle -> handle.createQuery(NOTES)
                        .bind("size", size)
                        .map((row, context) -> row.getString(2))
                        .list());
    }

    private long step(StatementScope scope) {
        Optional<State> begun = run(
                scope,
                handle -> handle.createQuery(BEGIN)
                        .map((row, context) -> new State(row.getLong(1), row.getBytes(2), row.getString(3)))
                        .findOne());
        if (begun.isEmpty()) {
            return 0;
        }
        State state = begun.get();
        MerkleTree.Range range = MerkleTree.Range.of(state.size, state.range == null ? new byte[0] : state.range);
        requireSound(state, range);
        List<Leaf> leaves = run(
                scope,
                handle -> handle.createQuery(TAKE)
                        .bind("limit", BATCH)
                        .map((row, context) -> new Leaf(row.getLong(1), row.getBytes(2), row.getLong(3)))
                        .list());
        if (leaves.isEmpty()) {
            return 0;
        }
        for (Leaf leaf : leaves) {
            if (leaf.index != range.size()) {
                throw unsound("leaf " + range.size() + " is missing");
            }
            range.add(leaf.hash);
        }
        Checkpoint checkpoint = new Checkpoint(
                origin,
                range.size(),
                range.root(),
                leaves.get(0).watermark,
                clock.instant().truncatedTo(ChronoUnit.SECONDS));
        String note = key.sign(checkpoint);
        Object ignored = run(
                scope,
                handle -> handle.createQuery(PUT)
                        .bind("size", range.size())
                        .bind("watermark", checkpoint.watermark())
                        .bind("range", range.bytes())
                        .bind("note", note)
                        .map((row, context) -> Boolean.TRUE)
                        .one());
        return leaves.size();
    }

    /** Refuses to grow a tree from hashes that are not those that were signed. */
    private void requireSound(State state, MerkleTree.Range range) {
        if (state.note == null) {
            return;
        }
        boolean sound = SignedNote.unverified(state.note)
                .filter(last -> last.sameTree(new Checkpoint(origin, state.size, range.root(), 0, Instant.EPOCH)))
                .isPresent();
        if (!sound) {
            throw unsound("its last checkpoint does not fit the hashes beside it");
        }
    }

    private <R> R run(StatementScope scope, Function<Handle, R> work) {
        return scope.run("audit.seal", worker, work);
    }

    private static SnagrDataException unsound(String what) {
        return new SnagrDataException.Conflict(
                ErrorCode.WRONG_STATE,
                "The tree of the audit trail was changed: " + what + ". Nothing was sealed; verify an export");
    }

    @SuppressWarnings("ArrayRecordComponent") // carries a row, is never compared
    private record State(
            long size, byte @Nullable [] range, @Nullable String note) {}

    @SuppressWarnings("ArrayRecordComponent") // carries a row, is never compared
    private record Leaf(long index, byte[] hash, long watermark) {}
}

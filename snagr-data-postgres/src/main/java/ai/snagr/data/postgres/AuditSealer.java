package ai.snagr.data.postgres;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.audit.TrailExport;
import ai.snagr.data.postgres.internal.audit.TrailSeal;
import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.util.Optional;

/**
 * Seals the audit trail, so that a change of it shows: events become leaves of a Merkle tree, whose root is signed and
 * given to a {@link CheckpointSink}. Made by {@link PostgresSnagrData#auditSealer}. Any number of nodes may seal at once:
 * one of them does it. Thread-safe.
 */
public final class AuditSealer {
    private final TrailSeal seal;
    private final TrailExport export;

    AuditSealer(TrailSeal seal, TrailExport export) {
        this.seal = seal;
        this.export = export;
    }

    /**
     * Seals every event that can be: all whose transactions, and all transactions before these, have ended. To be called
     * every minute or so. After a crash at any point the next call goes on where it ended.
     *
     * @return how many events were sealed; 0 if there was none, or another node is sealing
     * @throws SnagrDataException WRONG_STATE if the sink has a checkpoint that this database does not lead to: it was put
     *     back to an older state, or exchanged, and nothing is sealed until somebody has looked
     */
    public long seal() {
        return seal.all();
    }

    /**
     * When the oldest event that is not sealed yet was written; empty if all are. An age of minutes means that nobody
     * seals, or that a transaction has been open for as long: watch it.
     */
    public Optional<Instant> oldestUnsealed() {
        return seal.oldestUnsealed();
    }

    /**
     * Writes the whole trail as JSON Lines: every event with its place in the tree, and every checkpoint, for {@link
     * AuditVerifier}. That it was exported becomes an event, before.
     */
    public void export(Writer out) throws IOException {
        export.write(out);
    }
}

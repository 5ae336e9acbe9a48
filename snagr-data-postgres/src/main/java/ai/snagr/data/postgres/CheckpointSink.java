package ai.snagr.data.postgres;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.audit.CheckpointFile;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where signed checkpoints of the audit trail go: away from the database, to somebody whom its owner cannot make forget.
 * What he has received is what shows later that rows were changed.
 */
public interface CheckpointSink {
    /** The last note that was received; empty before the first. */
    Optional<String> last();

    /**
     * Keeps one note for good, behind those before it. It may be given the same note again, after a crash.
     *
     * @throws SnagrDataException if it could not be kept; it is then given again
     */
    void append(String note);

    /**
     * A file to which each note is appended and forced to the disk. What a crash left of half a note is cut off before the
     * next one. One process at a time writes it.
     */
    static CheckpointSink file(Path file) {
        CheckpointFile notes = new CheckpointFile(file);
        return new CheckpointSink() {
            @Override
            public Optional<String> last() {
                return notes.last();
            }

            @Override
            public void append(String note) {
                notes.append(note);
            }
        };
    }
}

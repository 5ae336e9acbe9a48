package ai.snagr.data.postgres.internal.audit;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** Signed notes in a file, one after the other. */
public final class CheckpointFile {
    private final Path file;

    public CheckpointFile(Path file) {
        this.file = file;
    }

    /** The last whole note; empty if there is none. */
    public synchronized Optional<String> last() {
        try {
            List<String> notes = whole();
            return notes.isEmpty() ? Optional.empty() : Optional.of(notes.get(notes.size() - 1));
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /** Appends the note and forces it to the disk; nothing if it is the last one already. */
    public synchronized void append(String note) {
        try {
            List<String> notes = whole();
            if (!notes.isEmpty() && notes.get(notes.size() - 1).equals(note)) {
                return;
            }
            long length = 0;
            for (String whole : notes) {
                length += whole.getBytes(StandardCharsets.UTF_8).length;
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.truncate(length).position(length);
                ByteBuffer bytes = ByteBuffer.wrap(note.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    int ignored = channel.write(bytes);
                }
                channel.force(true);
            }
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    private List<String> whole() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        return SignedNote.split(Files.readString(file)).stream()
                .filter(note ->
                        note.endsWith("\n") && SignedNote.unverified(note).isPresent())
                .toList();
    }

    private SnagrDataException failed(IOException failure) {
        return new SnagrDataException.Failed(
                ErrorCode.UNAVAILABLE,
                true,
                "The file of checkpoints " + file + " cannot be read or written: "
                        + failure.getClass().getSimpleName(),
                failure);
    }
}

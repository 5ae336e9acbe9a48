package ai.snagr.data.postgres.internal.audit;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * How the tree stood, in the text of C2SP's tlog-checkpoint: origin, size and root, and two lines of extension.
 *
 * @param watermark the events of all transactions below it are in the tree
 * @param time when it was signed, by the signer's clock
 */
@SuppressWarnings("ArrayRecordComponent") // compared by root()
record Checkpoint(String origin, long size, byte[] root, long watermark, Instant time) {
    private static final String WATERMARK = "watermark ";
    private static final String TIME = "time ";

    String text() {
        return origin
                + '\n'
                + size
                + '\n'
                + Base64.getEncoder().encodeToString(root)
                + '\n'
                + WATERMARK
                + watermark
                + '\n'
                + TIME
                + time
                + '\n';
    }

    /** What {@link #text} has written; empty for another text. */
    static Optional<Checkpoint> parse(String text) {
        String[] lines = text.split("\n", -1);
        if (lines.length != 6 || !lines[3].startsWith(WATERMARK) || !lines[4].startsWith(TIME)) {
            return Optional.empty();
        }
        try {
            byte[] root = Base64.getDecoder().decode(lines[2]);
            Checkpoint parsed = new Checkpoint(
                    lines[0],
                    Long.parseLong(lines[1]),
                    root,
                    Long.parseLong(lines[3].substring(WATERMARK.length())),
                    Instant.parse(lines[4].substring(TIME.length())));
            return root.length == MerkleTree.HASH && parsed.text().equals(text)
                    ? Optional.of(parsed)
                    : Optional.empty();
        } catch (IllegalArgumentException | DateTimeException malformed) {
            return Optional.empty();
        }
    }

    boolean sameTree(Checkpoint other) {
        return size == other.size && origin.equals(other.origin) && Arrays.equals(root, other.root);
    }
}

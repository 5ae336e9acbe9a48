package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.change.Position;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@link Position} says: everything that the snapshot sees was told. In the middle of many changes also which
 * snapshot they are told up to, and the number of the last one told.
 *
 * @param feed which life of which database the snapshots are of: they cannot be compared with another's
 * @param target up to where changes are being told; empty when all up to {@code seen} were told
 * @param number of the last change told on the way to the target
 */
record FeedPosition(String feed, Snapshot seen, Optional<Snapshot> target, long number) {
    private static final int DIGEST_BYTES = 8;
    private static final Pattern FORM = Pattern.compile("([0-9a-f/-]{1,100});([0-9:,]+);([0-9:,]*);([0-9]{1,18})");

    static FeedPosition at(String feed, Snapshot seen) {
        return new FeedPosition(feed, seen, Optional.empty(), 0);
    }

    /**
     * What the position says; empty at the start.
     *
     * @param scope whose feed it must be from
     */
    static Optional<FeedPosition> decode(Position position, String scope) {
        if (position.equals(Position.START)) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(position.token());
        } catch (IllegalArgumentException notBase64) {
            throw foreign();
        }
        if (bytes.length <= DIGEST_BYTES) {
            throw foreign();
        }
        String text = new String(bytes, DIGEST_BYTES, bytes.length - DIGEST_BYTES, StandardCharsets.US_ASCII);
        Matcher parts = FORM.matcher(text);
        if (!MessageDigest.isEqual(digest(scope, text), Arrays.copyOf(bytes, DIGEST_BYTES)) || !parts.matches()) {
            throw foreign();
        }
        Optional<Snapshot> seen = Snapshot.parse(parts.group(2));
        Optional<Snapshot> target = Snapshot.parse(parts.group(3));
        if (seen.isEmpty() || (target.isEmpty() && !parts.group(3).isEmpty())) {
            throw foreign();
        }
        return Optional.of(new FeedPosition(parts.group(1), seen.get(), target, Long.parseLong(parts.group(4))));
    }

    /** The position that says this, good for the feed of that scope. */
    Position encode(String scope) {
        String text =
                feed + ';' + seen.text() + ';' + target.map(Snapshot::text).orElse("") + ';' + number;
        byte[] content = text.getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = Arrays.copyOf(digest(scope, text), DIGEST_BYTES + content.length);
        System.arraycopy(content, 0, bytes, DIGEST_BYTES, content.length);
        return new Position(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    private static byte[] digest(String scope, String text) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(("changes 1 " + scope + ';').getBytes(StandardCharsets.US_ASCII));
            return Arrays.copyOf(sha.digest(text.getBytes(StandardCharsets.US_ASCII)), DIGEST_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    private static SnagrDataException foreign() {
        return new SnagrDataException.InvalidInput(
                ErrorCode.INVALID_POSITION,
                "The position is damaged, or is from another actor's feed of changes: begin again at Position.START");
    }

    /**
     * A {@code pg_snapshot}: transactions below {@code xmin} have ended, those from {@code xmax} on have not, and of those
     * between the text lists which have not.
     */
    record Snapshot(long xmin, long xmax, String text) {
        private static final Pattern SNAPSHOT = Pattern.compile("([0-9]{1,18}):([0-9]{1,18}):((?:[0-9]{1,18},?)*)");

        /** The snapshot, or empty if the text is none. */
        static Optional<Snapshot> parse(String text) {
            Matcher parts = SNAPSHOT.matcher(text);
            if (!parts.matches()) {
                return Optional.empty();
            }
            long xmin = Long.parseLong(parts.group(1));
            long xmax = Long.parseLong(parts.group(2));
            long before = xmin - 1;
            for (String running :
                    parts.group(3).isEmpty() ? new String[0] : parts.group(3).split(",", -1)) {
                long xid = running.isEmpty() ? -1 : Long.parseLong(running);
                if (xid <= before || xid >= xmax) {
                    return Optional.empty();
                }
                before = xid;
            }
            return xmin < 1 || xmin > xmax ? Optional.empty() : Optional.of(new Snapshot(xmin, xmax, text));
        }
    }
}

package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.change.ChangeFeed;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The rules of arguments that have no type of their own. What breaks one is INVALID_INPUT, before any statement. */
final class Inputs {
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
    private static final Duration LONGEST_LEASE = Duration.ofHours(24);
    private static final Duration LONGEST_PAUSE = Duration.ofDays(7);
    private static final Duration LONGEST_KEPT = Duration.ofDays(365);
    private static final int MOST_CLAIMED = 1_000;
    private static final int MOST_PURGED = 10_000;
    private static final int LONGEST_TEXT = 500;
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private Inputs() {}

    /** How many rows one call may claim or start: 1 to 1,000. */
    static void claimLimit(String operation, int limit) {
        require(operation, limit >= 1 && limit <= MOST_CLAIMED, "limit", "must be between 1 and 1000");
    }

    /** How long a lease lasts, in milliseconds: 1 second to 24 hours. */
    static long leaseMillis(String operation, Duration lease) {
        boolean holds = lease.compareTo(SHORTEST_LEASE) >= 0 && lease.compareTo(LONGEST_LEASE) <= 0;
        require(operation, holds, "lease", "must be between 1 second and 24 hours");
        return lease.toMillis();
    }

    /** How long to wait before the next try, in milliseconds: 0 to 7 days. */
    static long pauseMillis(String operation, Duration pause) {
        boolean holds = !pause.isNegative() && pause.compareTo(LONGEST_PAUSE) <= 0;
        require(operation, holds, "pause", "must be between 0 and 7 days");
        return pause.toMillis();
    }

    /** How many changes one call returns at most: 1 to 1,000. */
    static void batchOfChanges(String operation, int max) {
        boolean holds = max >= 1 && max <= ChangeFeed.MAX_BATCH;
        require(operation, holds, "max", "must be between 1 and " + ChangeFeed.MAX_BATCH);
    }

    /** How long changes are kept, in milliseconds: 0 to 365 days. */
    static long keptMillis(String operation, Duration olderThan) {
        boolean holds = !olderThan.isNegative() && olderThan.compareTo(LONGEST_KEPT) <= 0;
        require(operation, holds, "olderThan", "must be between 0 and 365 days");
        return olderThan.toMillis();
    }

    /** How many changes one call may purge: 1 to 10,000. */
    static void purgeLimit(String operation, int limit) {
        require(operation, limit >= 1 && limit <= MOST_PURGED, "limit", "must be between 1 and " + MOST_PURGED);
    }

    /** How many rows one call may write. */
    static void atMost(String operation, String field, int count, int most) {
        require(operation, count <= most, field, "must be at most " + most + " at once");
    }

    /** Words to search for, normalized as stored text is: 1 to 500 characters, no control characters. */
    static String words(String operation, String text) {
        String words = Normalizer.normalize(text.strip(), Normalizer.Form.NFC);
        require(operation, !words.isEmpty(), "text", "must not be blank");
        text(operation, "text", words, LONGEST_TEXT);
        return words;
    }

    /** Text under the rules of the records' texts: at most so many characters, none of them a control. */
    static void text(String operation, String field, String text, int longest) {
        boolean fits = text.codePointCount(0, text.length()) <= longest;
        require(operation, fits, field, "must have at most " + longest + " characters");
        boolean plain = text.codePoints().noneMatch(Inputs::isForbidden);
        String rule = "must not contain control, bidirectional or unpaired surrogate characters";
        require(operation, plain, field, rule);
    }

    /** When something is to happen: what PostgreSQL's calendar could not go on counting from is refused. */
    static void when(String operation, String field, Instant instant) {
        boolean holds = !instant.isBefore(Instant.EPOCH) && !instant.isAfter(LATEST);
        require(operation, holds, field, "must lie in the years 1970 to 9999");
    }

    private static boolean isForbidden(int c) {
        boolean control = Character.isISOControl(c) && c != '\t' && c != '\n' && c != '\r';
        boolean bidi = c == 0x061C
                || c == 0x200E
                || c == 0x200F
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
        return control || bidi || Character.getType(c) == Character.SURROGATE;
    }

    private static void require(String operation, boolean holds, String field, String rule) {
        if (!holds) {
            throw new SnagrDataException.InvalidInput(operation, List.of(new Problem(field, rule)));
        }
    }
}

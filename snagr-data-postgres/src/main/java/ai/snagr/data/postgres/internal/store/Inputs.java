package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The rules of arguments that have no type of their own. What breaks one is INVALID_INPUT, before any statement. */
final class Inputs {
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
    private static final Duration LONGEST_LEASE = Duration.ofHours(24);
    private static final int MOST_CLAIMED = 1_000;
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

    /** Words to search for, normalized as stored text is: 1 to 500 characters, no control characters. */
    static String words(String operation, String text) {
        String words = Normalizer.normalize(text.strip(), Normalizer.Form.NFC);
        int length = words.codePointCount(0, words.length());
        require(operation, length >= 1 && length <= LONGEST_TEXT, "text", "must have 1 to 500 characters");
        boolean plain = words.codePoints().noneMatch(c -> isControl(c) || Character.getType(c) == Character.SURROGATE);
        require(operation, plain, "text", "must not contain control or unpaired surrogate characters");
        return words;
    }

    /** When something is to happen: what PostgreSQL's calendar could not go on counting from is refused. */
    static void when(String operation, String field, Instant instant) {
        boolean holds = !instant.isBefore(Instant.EPOCH) && !instant.isAfter(LATEST);
        require(operation, holds, field, "must lie in the years 1970 to 9999");
    }

    private static boolean isControl(int c) {
        return Character.isISOControl(c) && c != '\t' && c != '\n' && c != '\r';
    }

    private static void require(String operation, boolean holds, String field, String rule) {
        if (!holds) {
            throw new SnagrDataException.InvalidInput(operation, List.of(new Problem(field, rule)));
        }
    }
}

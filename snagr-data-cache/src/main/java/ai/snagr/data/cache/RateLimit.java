package ai.snagr.data.cache;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How often one subject may do one thing: a budget that is full at first and refills evenly. The constants are what is
 * suggested to be limited; a service chooses its own numbers with {@link #of}.
 *
 * @param name of the thing, 1 to 40 of {@code a-z 0-9 -}
 * @param capacity the full budget, 1 to 1,000,000; what can be done at once
 * @param period in which an empty budget is full again, 1 second to 31 days
 */
public record RateLimit(String name, int capacity, Duration period) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,40}");
    private static final int MOST = 1_000_000;

    /** Attempts to log in under one e-mail address, or from one network address: 10 in a minute. */
    public static final RateLimit LOGIN_LOOKUP = of("login-lookup", 10, Duration.ofMinutes(1));

    /** Reveals of sellers: 60 in a minute. */
    public static final RateLimit REVEAL = of("reveal", 60, Duration.ofMinutes(1));

    /** Unlocks: 30 in a minute. */
    public static final RateLimit UNLOCK = of("unlock", 30, Duration.ofMinutes(1));

    /** Exports of a person's data: 3 in an hour. */
    public static final RateLimit EXPORT = of("export", 3, Duration.ofHours(1));

    /** Searches in texts: 120 in a minute. */
    public static final RateLimit TEXT_SEARCH = of("text-search", 120, Duration.ofMinutes(1));

    /** INVALID_INPUT naming every component that is out of its range. */
    public RateLimit {
        requireNonNull(name, "name");
        requireNonNull(period, "period");
        List<Problem> problems = new ArrayList<>();
        if (!NAME.matcher(name).matches()) {
            problems.add(new Problem("name", "must be 1 to 40 of a-z, 0-9 and -"));
        }
        if (capacity < 1 || capacity > MOST) {
            problems.add(new Problem("capacity", "must be between 1 and " + MOST));
        }
        if (period.compareTo(Duration.ofSeconds(1)) < 0 || period.compareTo(Duration.ofDays(31)) > 0) {
            problems.add(new Problem("period", "must be between 1 second and 31 days"));
        }
        if (!problems.isEmpty()) {
            throw new SnagrDataException.InvalidInput("RateLimit", problems);
        }
    }

    public static RateLimit of(String name, int capacity, Duration period) {
        return new RateLimit(name, capacity, period);
    }
}

package ai.snagr.data.job;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import java.time.Duration;
import java.util.Optional;

/**
 * Why a try failed, and what follows.
 *
 * @param error 1 to 2,000 characters; must hold no personal data, for it is shown to operators
 * @param retryAfter the pause before the next try, up to 7 days; empty to give the job up at once
 */
public record JobFailure(String error, Optional<Duration> retryAfter) {
    public JobFailure {
        requireNonNull(error, "error");
        requireNonNull(retryAfter, "retryAfter");
        Check check = Check.of(JobFailure.class).text(error, "error", 2_000);
        retryAfter.ifPresent(pause -> check.that(
                !pause.isNegative() && pause.compareTo(Duration.ofDays(7)) <= 0,
                "retryAfter",
                "must be between 0 and 7 days"));
        check.done();
    }

    /** The try failed; another may succeed after the pause. The job is given up when its tries are used up. */
    public static JobFailure retry(String error, Duration pause) {
        return new JobFailure(error, Optional.of(pause));
    }

    /** No further try can succeed. */
    public static JobFailure permanent(String error) {
        return new JobFailure(error, Optional.empty());
    }
}

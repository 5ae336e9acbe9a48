package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every failure of this library. Branch on {@link #code()}; repeat when {@link #retryable()}. The message says what was
 * attempted, on which id, and what to do; it never holds a bound value, personal data or a secret.
 */
public abstract sealed class SnagrDataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final boolean retryable;

    private SnagrDataException(ErrorCode code, boolean retryable, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message"), cause);
        this.code = requireNonNull(code, "code");
        this.retryable = retryable;
    }

    public final ErrorCode code() {
        return code;
    }

    /** Whether the same call, made again as a whole, can succeed without anything being changed. */
    public final boolean retryable() {
        return retryable;
    }

    /** An input breaks the rules of its type: INVALID_INPUT, INVALID_CURSOR or DUPLICATE_IN_BATCH. */
    public static final class InvalidInput extends SnagrDataException {
        private static final long serialVersionUID = 1L;

        private final transient List<Problem> problems;

        /** INVALID_INPUT, with every broken rule of the value of that type. */
        public InvalidInput(String type, List<Problem> problems) {
            super(
                    ErrorCode.INVALID_INPUT,
                    false,
                    type + " is not valid: "
                            + problems.stream().map(Problem::toString).collect(Collectors.joining("; ")),
                    null);
            this.problems = List.copyOf(problems);
        }

        public InvalidInput(ErrorCode code, String message) {
            super(code, false, message, null);
            this.problems = List.of();
        }

        /** Every broken rule, in the order of the fields; empty for INVALID_CURSOR and DUPLICATE_IN_BATCH. */
        public List<Problem> problems() {
            return problems == null ? List.of() : problems;
        }
    }

    /** The actor sees no such row: NOT_FOUND. */
    public static final class NotFound extends SnagrDataException {
        private static final long serialVersionUID = 1L;

        public NotFound(String message) {
            super(ErrorCode.NOT_FOUND, false, message, null);
        }
    }

    /** The call contradicts what is stored: EMAIL_UNAVAILABLE, ALREADY_EXISTS, PAYMENT_MISMATCH, LEASE_LOST, … */
    public static final class Conflict extends SnagrDataException {
        private static final long serialVersionUID = 1L;

        public Conflict(ErrorCode code, String message) {
            super(code, false, message, null);
        }
    }

    /** The actor may not do this: ACCESS_DENIED, PROOF_REQUIRED, USER_REQUIRED or NOT_UNLOCKED. */
    public static final class Denied extends SnagrDataException {
        private static final long serialVersionUID = 1L;

        public Denied(ErrorCode code, String message) {
            this(code, message, null);
        }

        public Denied(ErrorCode code, String message, @Nullable Throwable cause) {
            super(code, false, message, cause);
        }
    }

    /** A sealed value did not open: UNREADABLE. One message for every reason, and no cause. */
    public static final class Unreadable extends SnagrDataException {
        private static final long serialVersionUID = 1L;

        public Unreadable() {
            super(ErrorCode.UNREADABLE, false, "A sealed value could not be opened", null);
        }
    }

    /** The library cannot start or serve as configured: CONFIGURATION or SCHEMA_MISMATCH. */
    public static final class Misconfigured extends SnagrDataException {
        private static final long serialVersionUID = 1L;

        public Misconfigured(ErrorCode code, String message, @Nullable Throwable cause) {
            super(code, false, message, cause);
        }

        public Misconfigured(String message) {
            this(ErrorCode.CONFIGURATION, message, null);
        }
    }

    /** The actor has done this too often: RATE_LIMITED, retryable after a while. */
    public static final class RateLimited extends SnagrDataException {
        private static final long serialVersionUID = 1L;

        private final Duration retryAfter;

        /**
         * RATE_LIMITED.
         *
         * @param limit its name, which the message repeats
         */
        public RateLimited(String limit, Duration retryAfter) {
            super(
                    ErrorCode.RATE_LIMITED,
                    true,
                    "The limit '" + limit + "' is reached: try again in " + Math.max(1, retryAfter.toMillis()) + " ms",
                    null);
            this.retryAfter = retryAfter;
        }

        /** How long to wait until one attempt more is within the limit; more than zero. */
        public Duration retryAfter() {
            return retryAfter;
        }
    }

    /** A server did not do its part: UNAVAILABLE, TIMEOUT, CONCURRENT_UPDATE or INTERNAL. */
    public static final class Failed extends SnagrDataException {
        private static final long serialVersionUID = 1L;

        public Failed(ErrorCode code, boolean retryable, String message, @Nullable Throwable cause) {
            super(code, retryable, message, cause);
        }
    }
}

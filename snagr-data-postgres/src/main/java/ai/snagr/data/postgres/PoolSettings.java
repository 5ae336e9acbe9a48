package ai.snagr.data.postgres;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * How many connections are kept, and how long anything may take on them. The sum of {@code maxConnections} and
 * {@code auditConnections} over all processes must stay below the server's {@code max_connections}, or the pooler's.
 *
 * @param maxConnections connections that serve, 1 to 500
 * @param auditConnections further ones for what must outlive a caller's rollback, 1 to 100
 * @param connectionTimeout how long to wait for a free connection, and for the server to accept one; 250 ms to 5 minutes
 * @param statementTimeout how long one statement may run before the server ends it; 10 ms to 1 hour
 * @param maxLifetime when a connection is replaced; below what a pooler or firewall allows; 1 minute to 1 day
 * @param prepareThreshold from which execution on a statement is prepared on the server, 0 for never; empty to have it found
 *     out at the start: 5, or 0 behind a pooler that does not keep prepared statements
 */
public record PoolSettings(
        int maxConnections,
        int auditConnections,
        Duration connectionTimeout,
        Duration statementTimeout,
        Duration maxLifetime,
        OptionalInt prepareThreshold) {
    /** Checks all values. INVALID_INPUT, naming every setting that is out of its range. */
    public PoolSettings {
        requireNonNull(connectionTimeout, "connectionTimeout");
        requireNonNull(statementTimeout, "statementTimeout");
        requireNonNull(maxLifetime, "maxLifetime");
        List<Problem> problems = new ArrayList<>();
        range(problems, "maxConnections", maxConnections, 1, 500);
        range(problems, "auditConnections", auditConnections, 1, 100);
        range(problems, "connectionTimeout", connectionTimeout, Duration.ofMillis(250), Duration.ofMinutes(5));
        range(problems, "statementTimeout", statementTimeout, Duration.ofMillis(10), Duration.ofHours(1));
        range(problems, "maxLifetime", maxLifetime, Duration.ofMinutes(1), Duration.ofDays(1));
        requireNonNull(prepareThreshold, "prepareThreshold");
        if (prepareThreshold.equals(OptionalInt.of(-1))) {
            problems.add(new Problem(
                    "prepareThreshold",
                    "must not be -1: the driver would then describe each statement in a round of its own, and the"
                            + " statement would lose its actor"));
        } else {
            prepareThreshold.ifPresent(value -> range(problems, "prepareThreshold", value, 0, 1_000_000));
        }
        if (!problems.isEmpty()) {
            throw new SnagrDataException.InvalidInput("PoolSettings", problems);
        }
    }

    /** 8 connections and 2 for audit; 5 s to get one, 30 s a statement, 30 minutes of life; the rest found out. */
    public static PoolSettings defaults() {
        return new PoolSettings(
                8, 2, Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMinutes(30), OptionalInt.empty());
    }

    public PoolSettings withMaxConnections(int value) {
        return new PoolSettings(
                value, auditConnections, connectionTimeout, statementTimeout, maxLifetime, prepareThreshold);
    }

    public PoolSettings withAuditConnections(int value) {
        return new PoolSettings(
                maxConnections, value, connectionTimeout, statementTimeout, maxLifetime, prepareThreshold);
    }

    public PoolSettings withConnectionTimeout(Duration value) {
        return new PoolSettings(
                maxConnections, auditConnections, value, statementTimeout, maxLifetime, prepareThreshold);
    }

    public PoolSettings withStatementTimeout(Duration value) {
        return new PoolSettings(
                maxConnections, auditConnections, connectionTimeout, value, maxLifetime, prepareThreshold);
    }

    public PoolSettings withMaxLifetime(Duration value) {
        return new PoolSettings(
                maxConnections, auditConnections, connectionTimeout, statementTimeout, value, prepareThreshold);
    }

    public PoolSettings withPrepareThreshold(int value) {
        return new PoolSettings(
                maxConnections,
                auditConnections,
                connectionTimeout,
                statementTimeout,
                maxLifetime,
                OptionalInt.of(value));
    }

    private static <T extends Comparable<T>> void range(List<Problem> problems, String name, T value, T min, T max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            problems.add(new Problem(name, "must be between " + min + " and " + max));
        }
    }
}

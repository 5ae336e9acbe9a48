package ai.snagr.data.benchmarks;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One figure of a run, and whether it is what was aimed at. A missed goal is written as missed; what could not be measured
 * has no value, but a reason.
 *
 * @param name a ratio is named for what it divides
 * @param measured absent if it could not be measured here
 * @param better {@code lower} or {@code higher}
 * @param reason why there is no value; absent if there is one
 */
record Metric(
        String name,
        @Nullable Measured measured,
        String unit,
        double goal,
        String better,
        @Nullable String reason) {
    static Metric atMost(double goal, String unit, String name, double... rounds) {
        return new Metric(name, Measured.of(rounds), unit, goal, "lower", null);
    }

    static Metric atLeast(double goal, String unit, String name, double... rounds) {
        return new Metric(name, Measured.of(rounds), unit, goal, "higher", null);
    }

    static Metric absent(String name, String unit, double goal, String better, String why) {
        return new Metric(name, null, unit, goal, better, why);
    }

    /** Whether median and quartiles meet the goal; what was not measured does not. */
    boolean met() {
        if (measured == null) {
            return false;
        }
        return better.equals("lower")
                ? measured.median <= goal && measured.q3 <= goal
                : measured.median >= goal && measured.q1 >= goal;
    }

    /** Median and quartiles of the rounds. */
    record Measured(double median, double q1, double q3) {
        static Measured of(double... rounds) {
            if (rounds.length == 0) {
                throw new IllegalArgumentException("a metric needs at least one round");
            }
            double[] sorted = rounds.clone();
            Arrays.sort(sorted);
            return new Measured(at(sorted, 0.5), at(sorted, 0.25), at(sorted, 0.75));
        }

        private static double at(double[] sorted, double quantile) {
            return sorted[(int) Math.round((sorted.length - 1) * quantile)];
        }
    }
}

package ai.snagr.data.benchmarks;

/**
 * One figure of a run, and whether it is what was aimed at. A missed goal is written as missed.
 *
 * @param name a ratio is named for what it divides
 * @param value the median
 * @param q1 the first quartile of the rounds
 * @param q3 the third quartile, which must meet the goal as well
 * @param better {@code lower} or {@code higher}
 */
record Metric(String name, double value, String unit, double q1, double q3, double goal, String better) {
    boolean met() {
        return better.equals("lower") ? value <= goal && q3 <= goal : value >= goal && q1 >= goal;
    }
}

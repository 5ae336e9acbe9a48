package ai.snagr.data.benchmarks;

/**
 * How long to measure: the metrics are the same.
 *
 * @param rounds how many each variant is measured in
 * @param operations how many of them in one round
 * @param callSeconds how long many callers at once are watched
 */
record Effort(String name, int warmUpRounds, int rounds, int operations, int callSeconds) {
    static final Effort QUICK = new Effort("quick", 40, 21, 150, 1);
    static final Effort FULL = new Effort("full", 40, 60, 300, 4);

    boolean isQuick() {
        return equals(QUICK);
    }
}

package ai.snagr.data.benchmarks;

import static java.util.Objects.requireNonNull;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * Runs every variant once per round, in fresh random order; a ratio divides by the baseline of the same round, so that what
 * else the machine does falls on both.
 */
final class PairedRounds {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Map<String, Callable<?>> variants = new LinkedHashMap<>();
    private final Map<String, double[]> nanos = new HashMap<>();
    private final Map<String, double[]> bytes = new HashMap<>();

    PairedRounds variant(String name, Callable<?> operation) {
        variants.put(name, operation);
        return this;
    }

    PairedRounds run(int warmUpRounds, int rounds, int operations) throws Exception {
        for (String name : variants.keySet()) {
            nanos.put(name, new double[rounds]);
            bytes.put(name, new double[rounds]);
        }
        List<String> order = new ArrayList<>(variants.keySet());
        Random random = new Random(42);
        for (int round = -warmUpRounds; round < rounds; round++) {
            Collections.shuffle(order, random);
            for (String name : order) {
                measure(name, round, operations);
            }
        }
        return this;
    }

    /** How much longer one variant took than another, round by round. */
    double[] ratio(String variant, String baseline) {
        double[] ours = requireNonNull(nanos.get(variant), variant);
        double[] theirs = requireNonNull(nanos.get(baseline), baseline);
        double[] ratios = new double[ours.length];
        Arrays.setAll(ratios, round -> ours[round] / theirs[round]);
        return ratios;
    }

    /** Bytes that the calling thread allocated per operation, round by round. */
    double[] bytes(String variant) {
        return requireNonNull(bytes.get(variant), variant);
    }

    private void measure(String name, int round, int operations) throws Exception {
        Callable<?> operation = requireNonNull(variants.get(name), name);
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        for (int i = 0; i < operations; i++) {
            if (operation.call() == null) {
                throw new IllegalStateException(name + " found nothing");
            }
        }
        long took = System.nanoTime() - start;
        if (round >= 0) {
            requireNonNull(nanos.get(name), name)[round] = (double) took / operations;
            requireNonNull(bytes.get(name), name)[round] =
                    (double) (THREADS.getCurrentThreadAllocatedBytes() - allocated) / operations;
        }
    }

    static Metric metric(String name, double[] rounds, String unit, double goal, String better) {
        double[] sorted = rounds.clone();
        Arrays.sort(sorted);
        return new Metric(name, at(sorted, 0.5), unit, at(sorted, 0.25), at(sorted, 0.75), goal, better);
    }

    private static double at(double[] sorted, double quantile) {
        return sorted[(int) Math.round((sorted.length - 1) * quantile)];
    }
}

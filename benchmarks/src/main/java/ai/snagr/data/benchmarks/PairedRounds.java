package ai.snagr.data.benchmarks;

import static java.util.Objects.requireNonNull;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * Runs every variant once per round, in fresh random order; a ratio divides by the baseline of the same round, so that what
 * else the machine does falls on both.
 */
final class PairedRounds {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Optional<BackendCpu> server;
    private final Map<String, Variant> variants = new LinkedHashMap<>();

    /** @param server where the server's own time is read, if it can be */
    PairedRounds(Optional<BackendCpu> server) {
        this.server = server;
    }

    PairedRounds variant(String name, Callable<?> operation) {
        variants.put(name, new Variant(name, operation));
        return this;
    }

    PairedRounds run(int warmUpRounds, int rounds, int operations) throws Exception {
        List<Variant> order = new ArrayList<>(variants.values());
        order.forEach(variant -> variant.expect(rounds));
        Random random = new Random(42);
        for (int round = -warmUpRounds; round < rounds; round++) {
            Collections.shuffle(order, random);
            for (Variant variant : order) {
                measure(variant, round, operations);
            }
        }
        return this;
    }

    /** How much longer one variant took than another, round by round. */
    double[] ratio(String variant, String baseline) {
        return divide(variant(variant).nanos, variant(baseline).nanos);
    }

    /** How much longer the calling thread was on a processor for one variant than for another. */
    double[] clientRatio(String variant, String baseline) {
        return divide(variant(variant).clientNanos, variant(baseline).clientNanos);
    }

    /** How much longer the server was busy for one variant than for another; empty if that cannot be read here. */
    Optional<double[]> serverRatio(String variant, String baseline) {
        return server.map(ignored -> divide(variant(variant).serverNanos, variant(baseline).serverNanos));
    }

    /** Nanoseconds per operation, round by round. */
    double[] nanos(String variant) {
        return variant(variant).nanos;
    }

    /** Nanoseconds per operation in which the calling thread was on a processor, round by round. */
    double[] clientNanos(String variant) {
        return variant(variant).clientNanos;
    }

    /** Bytes that the calling thread allocated per operation, round by round. */
    double[] bytes(String variant) {
        return variant(variant).bytes;
    }

    private Variant variant(String name) {
        return requireNonNull(variants.get(name), name);
    }

    private void measure(Variant variant, int round, int operations) throws Exception {
        BackendCpu.Reading before = server.isPresent() ? server.get().read() : null;
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long onProcessor = THREADS.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        for (int i = 0; i < operations; i++) {
            if (variant.operation.call() == null) {
                throw new IllegalStateException(variant.name + " found nothing");
            }
        }
        long took = System.nanoTime() - start;
        onProcessor = THREADS.getCurrentThreadCpuTime() - onProcessor;
        allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        if (round < 0) {
            return;
        }
        variant.nanos[round] = (double) took / operations;
        variant.clientNanos[round] = (double) onProcessor / operations;
        variant.bytes[round] = (double) allocated / operations;
        if (before != null) {
            variant.serverNanos[round] = server.get().read().since(before) / operations;
        }
    }

    /** Without the rounds in which either is unknown. */
    private static double[] divide(double[] ours, double[] theirs) {
        double[] ratios = new double[ours.length];
        Arrays.setAll(ratios, round -> ours[round] / theirs[round]);
        return Arrays.stream(ratios).filter(Double::isFinite).toArray();
    }

    private static final class Variant {
        private final String name;
        private final Callable<?> operation;
        private double[] nanos = {};
        private double[] clientNanos = {};
        private double[] bytes = {};
        private double[] serverNanos = {};

        Variant(String name, Callable<?> operation) {
            this.name = name;
            this.operation = operation;
        }

        void expect(int rounds) {
            nanos = new double[rounds];
            clientNanos = new double[rounds];
            bytes = new double[rounds];
            serverNanos = new double[rounds];
        }
    }
}

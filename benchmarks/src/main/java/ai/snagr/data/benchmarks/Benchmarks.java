package ai.snagr.data.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The command line: runs a suite, prints a table, and writes one JSON object where asked to. */
public final class Benchmarks {
    private static final String USAGE = "usage: benchmarks/run SUITE [--quick] [--json FILE]; suites: reads";

    private Benchmarks() {}

    public static void main(String... arguments) throws Exception {
        boolean quick = false;
        Optional<Path> json = Optional.empty();
        String suite = "";
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--quick")) {
                quick = true;
            } else if (arguments[i].equals("--json") && i + 1 < arguments.length) {
                json = Optional.of(Path.of(arguments[++i]));
            } else {
                suite = arguments[i];
            }
        }
        if (!suite.equals("reads")) {
            System.err.println(USAGE);
            System.exit(2);
        }
        double loadBefore = load();
        List<Metric> metrics = new ReadsSuite(quick).run();
        print(metrics);
        if (json.isPresent()) {
            write(json.get(), suite, quick, loadBefore, metrics);
        }
        System.exit(0);
    }

    private static void print(List<Metric> metrics) {
        System.out.printf(Locale.ROOT, "%-40s %10s %22s %10s  %s%n", "metric", "median", "[q1..q3]", "goal", "met");
        for (Metric metric : metrics) {
            System.out.printf(
                    Locale.ROOT,
                    "%-40s %10.2f %22s %10.2f  %s%n",
                    metric.name(),
                    metric.value(),
                    String.format(Locale.ROOT, "[%.2f..%.2f]", metric.q1(), metric.q3()),
                    metric.goal(),
                    metric.met() ? "yes" : "MISSED");
        }
    }

    private static void write(Path file, String suite, boolean quick, double loadBefore, List<Metric> metrics)
            throws IOException {
        ObjectMapper mapper = JsonMapper.builder().build();
        ObjectNode json = mapper.createObjectNode();
        json.put("suite", suite);
        json.putObject("environment")
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("jdk", Runtime.version().toString())
                .put("os", System.getProperty("os.name"))
                .put("loadBefore", loadBefore)
                .put("loadAfter", load())
                .put("quick", quick);
        ArrayNode list = json.putArray("metrics");
        for (Metric metric : metrics) {
            ObjectNode entry = list.addObject();
            entry.put("name", metric.name())
                    .put("value", metric.value())
                    .put("unit", metric.unit())
                    .put("goal", metric.goal())
                    .put("better", metric.better())
                    .put("met", metric.met());
            entry.putArray("spread").add(metric.q1()).add(metric.q3());
        }
        Files.writeString(file, mapper.writeValueAsString(json) + "\n");
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}

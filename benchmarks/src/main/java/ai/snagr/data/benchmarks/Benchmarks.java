package ai.snagr.data.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The command line: runs a suite, prints a table, and writes one JSON object where asked to. */
public final class Benchmarks {
    private static final Map<String, Suite> SUITES =
            new TreeMap<>(Map.of("encryption", new EncryptionSuite(), "sessions", new SessionsSuite()));

    private static final String USAGE =
            "usage: benchmarks/run SUITE [--quick] [--json FILE]; suites: " + String.join(", ", SUITES.keySet());

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Benchmarks() {}

    public static void main(String... arguments) throws Exception {
        System.setProperty("org.jboss.logging.provider", "slf4j");
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
        Effort effort = Effort.FULL;
        Optional<Path> json = Optional.empty();
        String name = "";
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--quick")) {
                effort = Effort.QUICK;
            } else if (arguments[i].equals("--json") && i + 1 < arguments.length) {
                json = Optional.of(Path.of(arguments[++i]));
            } else {
                name = arguments[i];
            }
        }
        Suite suite = SUITES.get(name);
        if (suite == null) {
            System.err.println(USAGE);
            System.exit(2);
            return;
        }
        double loadBefore = SYSTEM.getSystemLoadAverage();
        Suite.Result result = suite.run(effort);
        print(result);
        if (json.isPresent()) {
            write(json.get(), name, effort, loadBefore, result);
        }
        System.exit(0);
    }

    private static void print(Suite.Result result) {
        System.out.printf(Locale.ROOT, "%-56s %10s %22s %10s  %s%n", "metric", "median", "[q1..q3]", "goal", "met");
        for (Metric metric : result.metrics()) {
            Metric.Measured measured = metric.measured();
            if (measured == null) {
                System.out.printf(Locale.ROOT, "%-56s not measured: %s%n", metric.name(), metric.reason());
            } else {
                System.out.printf(
                        Locale.ROOT,
                        "%-56s %10.2f %22s %10.2f  %s%n",
                        metric.name(),
                        measured.median(),
                        String.format(Locale.ROOT, "[%.2f..%.2f]", measured.q1(), measured.q3()),
                        metric.goal(),
                        metric.met() ? "yes" : "MISSED");
            }
        }
    }

    private static void write(Path file, String suite, Effort effort, double loadBefore, Suite.Result result)
            throws IOException {
        ObjectMapper mapper = JsonMapper.builder().build();
        ObjectNode json = mapper.createObjectNode();
        json.put("suite", suite);
        ObjectNode environment = json.putObject("environment")
                .put("commit", System.getProperty("snagr.benchmarks.commit", "unknown"))
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("memoryBytes", SYSTEM.getTotalMemorySize())
                .put("maxHeapBytes", Runtime.getRuntime().maxMemory())
                .put("jdk", Runtime.version().toString())
                .put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .put("rounds", effort.rounds())
                .put("loadBefore", loadBefore)
                .put("loadAfter", SYSTEM.getSystemLoadAverage())
                .put("quick", effort.isQuick());
        ObjectNode versions = environment.putObject("versions");
        result.versions().forEach(versions::put);
        ArrayNode list = json.putArray("metrics");
        result.metrics().forEach(metric -> write(list.addObject(), metric));
        Files.writeString(file, mapper.writeValueAsString(json) + "\n");
    }

    private static void write(ObjectNode entry, Metric metric) {
        Metric.Measured measured = metric.measured();
        entry.put("name", metric.name());
        if (measured == null) {
            entry.putNull("value").putNull("spread").put("reason", metric.reason());
        } else {
            entry.put("value", measured.median());
            entry.putArray("spread").add(measured.q1()).add(measured.q3());
        }
        entry.put("unit", metric.unit())
                .put("goal", metric.goal())
                .put("better", metric.better())
                .put("met", metric.met());
    }
}

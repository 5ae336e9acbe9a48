package ai.snagr.data.benchmarks;

import java.util.List;
import java.util.Map;

/** What is measured together. */
interface Suite {
    Result run(Effort effort) throws Exception;

    /**
     * What came out.
     *
     * @param versions of the server and of everything that was measured, by name
     */
    record Result(List<Metric> metrics, Map<String, String> versions) {}
}

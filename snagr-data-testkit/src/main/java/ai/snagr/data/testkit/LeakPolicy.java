package ai.snagr.data.testkit;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What counts as left behind.
 *
 * @param limit how long threads and connections have to end by themselves
 * @param allowedThreads whole names
 */
record LeakPolicy(boolean enabled, Duration limit, List<Pattern> allowedThreads) {
    LeakPolicy {
        allowedThreads = List.copyOf(allowedThreads);
    }

    LeakPolicy allowing(List<Pattern> more) {
        return new LeakPolicy(
                enabled,
                limit,
                Stream.concat(allowedThreads.stream(), more.stream()).toList());
    }
}

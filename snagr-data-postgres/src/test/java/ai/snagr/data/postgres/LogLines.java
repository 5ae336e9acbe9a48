package ai.snagr.data.postgres;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.simple.SimpleLogger;
import org.slf4j.spi.LocationAwareLogger;

/** What is logged at INFO and above, whatever level the tests are run with. */
final class LogLines {
    private LogLines() {}

    /** The lines of that class's logger during the work, with their level. */
    static List<String> of(Class<?> source, Callable<? extends AutoCloseable> work) throws Exception {
        Logger logger = LoggerFactory.getLogger(source);
        var level = SimpleLogger.class.getDeclaredField("currentLogLevel");
        level.setAccessible(true);
        int before = level.getInt(logger);
        PrintStream err = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        level.setInt(logger, LocationAwareLogger.INFO_INT);
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            work.call().close();
        } finally {
            System.setErr(err);
            level.setInt(logger, before);
        }
        return written.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains(source.getSimpleName()))
                .map(line -> line.substring(line.indexOf("] ") + 2))
                .toList();
    }
}

package ai.snagr.data.quickstart;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** Tells a person what happens, step by step, and remembers how long each step took. */
final class Story {
    private static final int WIDTH = 78;
    private static final int BAR = 30;

    private final PrintStream out;
    private final boolean silent;
    private final boolean terminal;
    private final Map<String, Long> millis = new LinkedHashMap<>();

    /**
     * @param silent whether nothing is told, only timed
     * @param terminal whether a line can be written over
     */
    Story(PrintStream out, boolean silent, boolean terminal) {
        this.out = out;
        this.silent = silent;
        this.terminal = terminal;
    }

    void title(String text) {
        say("");
        say(text);
        say("");
    }

    /** The result of a step, which {@link #told} describes afterwards. */
    <T> T step(String name, Callable<T> work) throws Exception {
        long start = System.nanoTime();
        T result = work.call();
        millis.put(name, (System.nanoTime() - start) / 1_000_000);
        return result;
    }

    /** Says what the newest step did, with its time at the right. */
    void told(String step, String text) {
        String time = String.format(Locale.ROOT, "%,d ms", millis.getOrDefault(step, 0L));
        int gap = Math.max(1, WIDTH - 4 - text.length() - time.length());
        say("  ✓ " + text + " ".repeat(gap) + time);
    }

    /** A line below a step. */
    void detail(String text) {
        say("      " + text);
    }

    void say(String line) {
        if (!silent) {
            out.println(line);
        }
    }

    /** Draws the bar, in place on a terminal; elsewhere nothing until it is full. */
    void progress(long done, long total) {
        if (silent || !terminal) {
            return;
        }
        int filled = (int) (total == 0 ? BAR : done * BAR / total);
        out.printf(Locale.ROOT, "\r    [%s%s] %,d of %,d", "█".repeat(filled), "·".repeat(BAR - filled), done, total);
        if (done == total) {
            out.print("\r" + " ".repeat(WIDTH) + "\r");
        }
        out.flush();
    }

    Map<String, Long> millis() {
        return new LinkedHashMap<>(millis);
    }
}

package ai.snagr.data.quickstart;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the command line asks for.
 *
 * @param listings the file to load; empty for the sample that comes along
 * @param json whether the last line of the output is one JSON object, and the only one
 * @param keep how long the servers stay up afterwards
 */
record Options(Optional<Path> listings, boolean json, Duration keep) {
    static final String USAGE = "usage: examples/quickstart/run [--listings FILE] [--json] [--keep SECONDS]";

    private static final long MAX_KEEP_SECONDS = 86_400;

    static Options parse(String... arguments) {
        Optional<Path> listings = Optional.empty();
        boolean json = false;
        Duration keep = Duration.ZERO;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--listings" -> listings = Optional.of(Path.of(value(arguments, ++i)));
                case "--json" -> json = true;
                case "--keep" -> keep = seconds(value(arguments, ++i));
                default -> throw new BadInput("unknown argument " + (i + 1) + "; " + USAGE);
            }
        }
        return new Options(listings, json, keep);
    }

    private static String value(String[] arguments, int index) {
        if (index >= arguments.length) {
            throw new BadInput(arguments[index - 1] + " needs a value; " + USAGE);
        }
        return arguments[index];
    }

    private static Duration seconds(String text) {
        if (!text.matches("[0-9]{1,5}") || Long.parseLong(text) > MAX_KEEP_SECONDS) {
            throw new BadInput("--keep needs whole seconds, 0 to " + MAX_KEEP_SECONDS + "; " + USAGE);
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }
}

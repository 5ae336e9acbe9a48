package ai.snagr.data.snippets;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The marked regions of Java sources and the Java blocks of Markdown files, made comparable: without common indentation. */
final class Regions {
    private static final Pattern START = Pattern.compile("\\s*// region (\\S+)\\s*");
    private static final Pattern END = Pattern.compile("\\s*// endregion\\s*");
    private static final Pattern FENCE = Pattern.compile("\\s*```(\\w*)\\s*");

    private Regions() {}

    /**
     * The texts between {@code // region name} and {@code // endregion}, by name. Regions do not nest.
     *
     * @throws IllegalArgumentException if a name stands twice, or a region does not end
     */
    static Map<String, String> ofJava(String source) {
        Map<String, String> regions = new LinkedHashMap<>();
        String name = null;
        List<String> lines = new ArrayList<>();
        for (String line : source.lines().toList()) {
            Matcher start = START.matcher(line);
            if (start.matches()) {
                require(name == null, "region " + name + " does not end");
                name = start.group(1);
                lines.clear();
            } else if (END.matcher(line).matches()) {
                require(name != null, "an endregion without a region");
                require(
                        regions.putIfAbsent(String.valueOf(name), unindented(lines)) == null,
                        "region " + name + " stands twice");
                name = null;
            } else {
                lines.add(line);
            }
        }
        require(name == null, "region " + name + " does not end");
        return regions;
    }

    /** The contents of the blocks that are fenced as {@code java}, in their order. */
    static List<String> ofMarkdown(String text) {
        List<String> blocks = new ArrayList<>();
        @Nullable String language = null;
        List<String> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            Matcher fence = FENCE.matcher(line);
            if (!fence.matches()) {
                lines.add(line);
            } else if (language == null) {
                language = fence.group(1);
                lines.clear();
            } else {
                if (language.equals("java")) {
                    blocks.add(unindented(lines));
                }
                language = null;
            }
        }
        require(language == null, "a fenced block does not end");
        return blocks;
    }

    private static String unindented(List<String> lines) {
        return String.join("\n", lines).stripIndent().strip();
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}

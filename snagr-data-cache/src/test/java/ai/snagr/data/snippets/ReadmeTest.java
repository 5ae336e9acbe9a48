package ai.snagr.data.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every Java block of README and docs is a region of the sources beside this test, so it compiles, to the letter. */
class ReadmeTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)[^)]*\\)");
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @Test
    void readme_showsCode() throws IOException {
        assertThat(blocks(ROOT.resolve("README.md")))
                .as("Java blocks of README.md")
                .isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void javaBlocks_ofADocument_areRegionsOfSnippets(Path document) throws IOException {
        assertThat(regions())
                .as("the regions beside this test; %s shows a block that is none of them", document.getFileName())
                .containsAll(blocks(document));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void links_ofADocument_leadToFiles(Path document) throws IOException {
        List<String> dead = LINK.matcher(Files.readString(document))
                .results()
                .map(link -> link.group(1))
                .filter(target -> !target.startsWith("http"))
                .filter(target -> !Files.exists(document.resolveSibling(target)))
                .toList();

        assertThat(dead)
                .as("links of %s that lead nowhere", document.getFileName())
                .isEmpty();
    }

    static Stream<Path> documents() throws IOException {
        List<Path> documents;
        try (Stream<Path> root = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            documents = Stream.concat(root, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
        return documents.stream();
    }

    private static List<String> blocks(Path document) throws IOException {
        return Regions.ofMarkdown(Files.readString(document));
    }

    private static List<String> regions() throws IOException {
        List<String> regions = new ArrayList<>();
        try (Stream<Path> sources = Files.list(Path.of("src/test/java/ai/snagr/data/snippets"))) {
            for (Path source : sources.filter(ReadmeTest::holdsRegions).toList()) {
                regions.addAll(Regions.ofJava(Files.readString(source)).values());
            }
        }
        return regions;
    }

    /** The tests of this very mechanism have marks in their texts. */
    private static boolean holdsRegions(Path source) {
        return !source.endsWith("RegionsTest.java");
    }
}

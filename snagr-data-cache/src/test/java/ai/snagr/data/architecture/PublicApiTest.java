package ai.snagr.data.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The types that users see are those of the reviewed lists in {@code src/test/resources/public-api}, one per module. */
class PublicApiTest {
    @SuppressWarnings("unused") // named by the tests' @FieldSource
    private static final List<String> MODULES = Modules.ALL;

    @ParameterizedTest
    @FieldSource("MODULES")
    void publicTypes_ofAModule_equalItsReviewedList(String module) throws IOException {
        Path reviewed = Path.of("src/test/resources/public-api", module + ".txt");
        Path actual = Path.of("target/public-api", module + ".txt");
        List<String> types = Modules.CLASSES.stream()
                .filter(type -> Modules.contains(module, type) && isVisible(type))
                .map(JavaClass::getName)
                .sorted()
                .toList();
        Files.createDirectories(actual.getParent());
        Files.write(actual, types);

        List<String> list = Files.exists(reviewed) ? Files.readAllLines(reviewed) : List.of();

        assertThat(types.equals(list))
                .as(
                        "The public types of %s are not those of its list.%n  new:  %s%n  gone: %s%n"
                                + "Make a type package-private or move it under internal; or, where users shall have it,"
                                + " accept the change for review:%n  cp %s %s",
                        module,
                        without(types, list),
                        without(list, types),
                        Modules.ROOT.relativize(actual.toAbsolutePath()),
                        Modules.ROOT.relativize(reviewed.toAbsolutePath()))
                .isTrue();
    }

    private static boolean isVisible(JavaClass type) {
        boolean visible = type.getModifiers().contains(JavaModifier.PUBLIC)
                && !type.getPackageName().matches(".*\\.internal(\\..*)?")
                && !type.getSimpleName().equals("package-info");
        return visible && type.getEnclosingClass().map(PublicApiTest::isVisible).orElse(true);
    }

    private static List<String> without(List<String> types, List<String> others) {
        TreeSet<String> rest = new TreeSet<>(types);
        others.forEach(rest::remove);
        return List.copyOf(rest);
    }
}

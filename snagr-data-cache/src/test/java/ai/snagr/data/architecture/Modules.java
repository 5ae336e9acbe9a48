package ai.snagr.data.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Path;
import java.util.List;

/** The published modules, as this module's tests see them: class folders in a build of them all, else jars. */
final class Modules {
    static final String API = "snagr-data-api";
    static final String POSTGRES = "snagr-data-postgres";
    static final String CACHE = "snagr-data-cache";
    static final String TESTKIT = "snagr-data-testkit";
    static final List<String> ALL = List.of(API, POSTGRES, CACHE, TESTKIT);

    /** Every class of the four, without tests. */
    static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("ai.snagr.data");

    /** The folder that holds the modules. Maven runs the tests of a module in the module's own folder. */
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private Modules() {}

    static boolean contains(String module, JavaClass type) {
        return type.getBaseComponentType()
                .getSource()
                .map(Source::getUri)
                .map(Object::toString)
                .filter(address -> address.contains("/" + module + "/target/classes/")
                        || address.matches("jar:.*/" + module + "-[^/]*\\.jar!/.*"))
                .isPresent();
    }

    static DescribedPredicate<JavaClass> in(String module) {
        return DescribedPredicate.describe("in " + module, type -> contains(module, type));
    }
}

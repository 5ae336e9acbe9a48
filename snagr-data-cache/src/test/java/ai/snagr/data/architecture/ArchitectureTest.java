package ai.snagr.data.architecture;

import static ai.snagr.data.architecture.Modules.API;
import static ai.snagr.data.architecture.Modules.CACHE;
import static ai.snagr.data.architecture.Modules.CLASSES;
import static ai.snagr.data.architecture.Modules.POSTGRES;
import static ai.snagr.data.architecture.Modules.TESTKIT;
import static ai.snagr.data.architecture.Modules.in;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.INTERFACES;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The boundaries that the compiler does not know, over the classes of all four published modules. */
class ArchitectureTest {
    private static final String ROOT = "ai.snagr.data";
    private static final Pattern SLEEP = Pattern.compile("(Thread|TimeUnit\\.[A-Z]+)\\s*\\.sleep\\s*\\(");

    /** What each feature of the API may import: the foreign keys of the schema, never back. */
    @ParameterizedTest
    @CsvSource({
        "user,         ''",
        "preference,   'user'",
        "search,       'user'",
        "job,          'search user'",
        "match,        'job search user bulk'",
        "payment,      'match job search user'",
        "unlock,       'payment match job search user'",
        "notification, 'search user preference'",
        "admin,        ''",
        "audit,        ''",
        "bulk,         ''",
        "change,       'user'",
        "meta,         ''",
        "privacy,      ''",
        "spi,          ''"
    })
    void features_imports_followTheForeignKeys(String feature, String imports) {
        Set<String> features = imports.isEmpty() ? Set.of() : Set.of(imports.split(" "));
        DescribedPredicate<JavaClass> allowed = describe(
                "follow the foreign keys",
                type -> !type.getPackageName().startsWith(ROOT)
                        || type.getPackageName().equals(ROOT)
                        || featureOf(type).equals(feature)
                        || Set.of("internal", "meta", "privacy").contains(featureOf(type))
                        || features.contains(featureOf(type)));

        classes()
                .that(in(API))
                .and(resideInAPackage(ROOT + "." + feature))
                .should()
                .onlyDependOnClassesThat(allowed)
                .check(CLASSES);
    }

    @Test
    void features_all_haveARuleForTheirImports() {
        assertThat(CLASSES.stream()
                        .filter(in(API))
                        .filter(type -> !type.getPackageName().equals(ROOT))
                        .map(ArchitectureTest::featureOf)
                        .distinct())
                .containsExactlyInAnyOrder(
                        "user",
                        "preference",
                        "search",
                        "job",
                        "match",
                        "payment",
                        "unlock",
                        "notification",
                        "admin",
                        "audit",
                        "bulk",
                        "change",
                        "meta",
                        "privacy",
                        "spi",
                        "internal");
    }

    @Test
    void notification_ofPreferences_knowsTheChannelAlone() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".notification")
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + ".preference").and(not(simpleName("Channel"))))
                .check(CLASSES);
    }

    /** The root of the API holds the doors, and is exempt. */
    @ParameterizedTest
    @ValueSource(
            strings = {"ai.snagr.data.(*)", "ai.snagr.data.postgres.internal.(*)..", "ai.snagr.data.testkit.(*).."})
    void packages_haveNoCycles(String packages) {
        slices().matching(packages).should().beFreeOfCycles().check(CLASSES);
    }

    @ParameterizedTest
    @CsvSource({
        "snagr-data-api,      'ai.snagr.data.internal..'",
        "snagr-data-postgres, 'ai.snagr.data.postgres.internal..'",
        "snagr-data-testkit,  'ai.snagr.data.testkit.internal..'"
    })
    void internal_ofAModule_isUsedByThatModuleAlone(String module, String packages) {
        noClasses()
                .that(not(in(module)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(packages)
                .check(CLASSES);
    }

    @Test
    void modules_knowTheApiAndNotEachOther() {
        noClasses()
                .that(in(API))
                .should()
                .dependOnClassesThat(
                        not(in(API)).and(not(resideInAnyPackage("java..", "javax.crypto..", "org.jspecify.."))))
                .check(CLASSES);
        noClasses()
                .that(in(POSTGRES))
                .should()
                .dependOnClassesThat(in(CACHE).or(in(TESTKIT)))
                .check(CLASSES);
        noClasses()
                .that(in(CACHE))
                .should()
                .dependOnClassesThat(in(POSTGRES).or(in(TESTKIT)))
                .check(CLASSES);
        noClasses()
                .that(in(TESTKIT))
                .should()
                .dependOnClassesThat(in(POSTGRES).or(in(CACHE)))
                .check(CLASSES);
    }

    @Test
    void jdbc_outsideInternal_isNotUsed() {
        noClasses()
                .that(in(POSTGRES).or(in(API)).or(in(CACHE)))
                .and()
                .resideOutsideOfPackage("..internal..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "java.sql..",
                        "javax.sql..",
                        "org.jdbi..",
                        "org.postgresql..",
                        "com.zaxxer..",
                        "org.flywaydb.."))
                .check(CLASSES);
    }

    /** Whoever can make one without a signature can unlock without paying. */
    @Test
    void verifiedPayment_isMadeByTheVerifierAlone() {
        noClasses()
                .that(not(simpleName("StripeWebhooks")))
                .should()
                .callConstructorWhere(describe(
                        "it makes a VerifiedPayment",
                        call -> call.getTarget().getOwner().getSimpleName().equals("VerifiedPayment")))
                .check(CLASSES);
    }

    /** They look up members by name at run time: slower, and wrong in silence after a rename. */
    @Test
    void store_mappersByReflection_areNotUsed() {
        noClasses()
                .that(in(POSTGRES))
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.jdbi.v3.core.mapper.reflect..")
                        .or(simpleName("RegisterConstructorMapper"))
                        .or(simpleName("RegisterBeanMapper"))
                        .or(simpleName("RegisterFieldMapper")))
                .check(CLASSES);
    }

    /** An on-demand object takes a connection of its own, past the session and its prelude. */
    @Test
    void store_onDemandObjects_areNotUsed() {
        noClasses()
                .that(in(POSTGRES))
                .should()
                .callMethodWhere(describe(
                        "its name is onDemand",
                        call -> call.getTarget().getName().equals("onDemand")))
                .check(CLASSES);
    }

    /** Inheritance is for exceptions and contract suites, which are abstract. */
    @Test
    void classes_areFinalOrAbstract() {
        classes()
                .that(not(INTERFACES))
                .and(describe("can be extended", type -> !type.isAnonymousClass() && !type.isEnum()))
                .and()
                .doNotHaveSimpleName("package-info")
                .should()
                .haveModifier(JavaModifier.FINAL)
                .orShould()
                .haveModifier(JavaModifier.ABSTRACT)
                .check(CLASSES);
    }

    @Test
    void classes_standardStreams_areNotUsed() {
        noClasses().should(ACCESS_STANDARD_STREAMS).check(CLASSES);
    }

    @Test
    void classes_typesThatAreNotForUse_areNotUsed() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "java.util.logging..",
                        "javax.annotation..",
                        "org.jetbrains.annotations..",
                        "org.testcontainers.shaded..",
                        "sun..",
                        "com.sun.."))
                .check(CLASSES);
    }

    /** JDBC's own interfaces name them, so the wrappers of its statements must. */
    @Test
    void classes_oldTypesOfTime_areNotUsed() {
        Set<String> old = Set.of("java.util.Date", "java.util.Calendar", "java.text.SimpleDateFormat");

        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".postgres.internal.connect")
                .should()
                .dependOnClassesThat(describe("are old types of time", type -> old.contains(type.getName())))
                .check(CLASSES);
    }

    @Test
    void packages_outsideTheApi_forbidNull() {
        assertThat(CLASSES.stream()
                        .filter(not(in(API)))
                        .map(JavaClass::getPackage)
                        .distinct()
                        .filter(somewhere -> somewhere
                                .tryGetPackageInfo()
                                .filter(info -> info.isAnnotatedWith("org.jspecify.annotations.NullMarked"))
                                .isEmpty()))
                .as("packages without a package-info that says @NullMarked")
                .isEmpty();
    }

    /** The API says it once, on its module. */
    @Test
    void apiModule_forbidsNull() throws IOException {
        Path source = Modules.ROOT.resolve(API).resolve("src/main/java/module-info.java");

        assertThat(source).content(StandardCharsets.UTF_8).contains("@org.jspecify.annotations.NullMarked\nmodule ");
    }

    @Test
    void apiPackages_ignoredResults_areErrors() {
        assertThat(CLASSES.stream()
                        .filter(in(API).and(not(resideInAnyPackage(ROOT + ".internal", ROOT + ".meta"))))
                        .map(JavaClass::getPackage)
                        .distinct()
                        .filter(somewhere -> somewhere
                                .tryGetPackageInfo()
                                .filter(info -> info.isAnnotatedWith("ai.snagr.data.meta.CheckReturnValue"))
                                .isEmpty()))
                .as("packages without a package-info that says @CheckReturnValue")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Impl", "Manager", "Helper", "Util", "Utils", "Base"})
    void classes_namesThatSayNothing_areNotUsed(String ending) {
        noClasses().should().haveSimpleNameEndingWith(ending).check(CLASSES);
    }

    /**
     * Waiting for a time instead of for a thing makes a test slow on a good day and red on a bad one. The migrator alone may
     * wait so: what it waits for happens in another process, which cannot tell it.
     */
    @Test
    void sources_doNotSleep() throws IOException {
        List<Path> sleeping = new ArrayList<>();
        for (String module : Modules.ALL) {
            try (Stream<Path> files = Files.walk(Modules.ROOT.resolve(module).resolve("src"))) {
                for (Path file :
                        files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    if (SLEEP.matcher(Files.readString(file)).find()) {
                        sleeping.add(file.getFileName());
                    }
                }
            }
        }

        assertThat(sleeping).as("sources that call sleep").containsExactly(Path.of("Migrator.java"));
    }

    private static String featureOf(JavaClass type) {
        return type.getPackageName().substring(ROOT.length() + 1);
    }
}

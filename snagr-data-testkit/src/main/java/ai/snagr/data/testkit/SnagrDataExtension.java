package ai.snagr.data.testkit;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrData;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.SnagrDataTest.Isolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What {@link SnagrDataTest} does, with settings in code: {@code @RegisterExtension static final SnagrDataExtension snagr =
 * SnagrDataExtension.builder()….build();}. Settings of an annotation on the test class go before those of the builder.
 */
public final class SnagrDataExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SnagrDataExtension.class);
    private static final Map<Class<?>, Function<TestScope, Object>> PARAMETERS = Map.of(
            TestPostgres.class, TestScope::postgres,
            TestDatabase.class, TestScope::database,
            TestRedis.class, TestScope::redis,
            KeyProvider.class, TestScope::keys,
            SnagrData.class, TestScope::data,
            Samples.class, TestScope::samples);

    private final Isolation isolation;
    private final LeakPolicy leaks;

    /** One database per class, all leaks reported. */
    public SnagrDataExtension() {
        this(builder());
    }

    private SnagrDataExtension(Builder builder) {
        this.isolation = builder.isolation;
        this.leaks = new LeakPolicy(builder.leakCheck, builder.leakLimit, builder.allowedThreads);
    }

    public static Builder builder() {
        return new Builder();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        classScope(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        scope(context);
    }

    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return PARAMETERS.containsKey(parameter.getParameter().getType());
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Function<TestScope, Object> supply =
                PARAMETERS.get(parameter.getParameter().getType());
        if (supply == null) {
            throw new ParameterResolutionException("not a type of this extension: " + parameter.getParameter());
        }
        return supply.apply(scope(context));
    }

    private TestScope scope(ExtensionContext context) {
        TestScope ofClass = classScope(context);
        if (isolation(context) == Isolation.PER_CLASS) {
            return ofClass;
        }
        if (context.getTestMethod().isEmpty()) {
            throw new ParameterResolutionException(
                    "with Isolation.PER_METHOD a database belongs to one test method: take it"
                            + " as a parameter of the method, of @BeforeEach, or of the constructor of an instance per method");
        }
        String key = "method " + context.getUniqueId();
        return context.getStore(NAMESPACE)
                .computeIfAbsent(key, id -> ofClass.child(context.getDisplayName()), TestScope.class);
    }

    private TestScope classScope(ExtensionContext context) {
        ExtensionContext owner = owner(context);
        Class<?> type = owner.getRequiredTestClass();
        return owner.getStore(NAMESPACE)
                .computeIfAbsent(type, key -> new TestScope(type.getName(), leaks(owner)), TestScope.class);
    }

    /** The class that carries the annotation; without one, the outermost test class. */
    private static ExtensionContext owner(ExtensionContext context) {
        ExtensionContext found = context;
        for (Optional<ExtensionContext> next = Optional.of(context);
                next.isPresent() && next.get().getTestClass().isPresent();
                next = next.get().getParent()) {
            found = next.get();
            boolean isClass = found.getTestMethod().isEmpty();
            if (isClass && AnnotationSupport.isAnnotated(found.getRequiredTestClass(), SnagrDataTest.class)) {
                return found;
            }
        }
        return found;
    }

    private static Optional<SnagrDataTest> annotation(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(owner(context).getRequiredTestClass(), SnagrDataTest.class);
    }

    private Isolation isolation(ExtensionContext context) {
        return annotation(context).map(SnagrDataTest::isolation).orElse(isolation);
    }

    private LeakPolicy leaks(ExtensionContext context) {
        return annotation(context)
                .map(annotation -> leaks.allowing(Stream.of(annotation.allowedThreads())
                        .map(Pattern::compile)
                        .toList()))
                .orElse(leaks);
    }

    /** Settings of the extension. */
    public static final class Builder {
        private Isolation isolation = Isolation.PER_CLASS;
        private boolean leakCheck = true;
        private Duration leakLimit = Duration.ofSeconds(5);
        private final List<Pattern> allowedThreads = new ArrayList<>();

        private Builder() {}

        /** Who shares a database; {@link Isolation#PER_CLASS} unless set. */
        public Builder isolation(Isolation value) {
            isolation = requireNonNull(value, "value");
            return this;
        }

        /** Threads whose whole name matches may outlive the tests; may be called more than once. */
        public Builder allowThreads(String nameRegex) {
            allowedThreads.add(Pattern.compile(nameRegex));
            return this;
        }

        /** How long threads and connections have to end by themselves; 5 seconds unless set. */
        public Builder leakLimit(Duration value) {
            if (value.isNegative()) {
                throw new IllegalArgumentException("leakLimit must not be negative");
            }
            leakLimit = value;
            return this;
        }

        /** Reports no leaks. */
        public Builder withoutLeakCheck() {
            leakCheck = false;
            return this;
        }

        public SnagrDataExtension build() {
            return new SnagrDataExtension(this);
        }
    }
}

package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.internal.Check;
import ai.snagr.data.privacy.Sensitive;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Fills every record of the API with recognizable texts and numbers, and looks for them in what it prints. A new component
 * does not print until it stands in {@link #MAY_PRINT}: what is listed there is meant to be read in logs.
 */
class PrintedRecordsTest {
    /** Not personal, not secret, and needed by whoever reads a log. */
    private static final Set<String> MAY_PRINT = Set.of(
            "AdminActor.id",
            "AdminActor.reason",
            "AuditEvent.actor",
            "AuditEvent.role",
            "AuditEvent.object",
            "AuditEvent.reason",
            "AuditEvent.subject",
            "ConsumerName.value",
            "Cursor.token",
            "Job.error",
            "JobFailure.error",
            "KeyContext.deployment",
            "KeyContext.owner",
            "Match.title",
            "Match.relevanceScore",
            "Money.currency",
            "NewMatch.relevanceScore",
            "Position.token",
            "Problem.field",
            "Problem.rule",
            "RequestId.value",
            "Slice.items",
            "StoreAddress.user",
            "StripeEventId.value",
            "StripePaymentId.value",
            "SystemSetting.name",
            "SystemSetting.value",
            "VersionTag.value",
            "Versioned.value",
            "WebUrl.value");

    /** For components whose rules want a certain form; anywhere else the component's own name does. */
    private static final Map<String, Object> SAMPLES = Map.ofEntries(
            Map.entry("ConsumerName.value", "consumername.7f"),
            Map.entry("Cursor.token", "cursortoken7f"),
            Map.entry("EmailAddress.value", "emailaddressvalue7f@example.org"),
            Map.entry("GeoPoint.latitude", 47.110815),
            Map.entry("GeoPoint.longitude", 11.081547),
            Map.entry("Match.relevanceScore", 0.4711),
            Map.entry("Money.currency", "USD"),
            Map.entry("NewMatch.relevanceScore", 0.1147),
            Map.entry("PasswordHash.value", "$passwordhashvalue7f$aaaaaa"),
            Map.entry("PhoneNumber.value", "+4915147110815"),
            Map.entry("Position.token", "positiontoken7f"),
            Map.entry("RequestId.value", "requestidvalue7f"),
            Map.entry("StripeEventId.value", "evt_stripeeventid7f"),
            Map.entry("StripePaymentId.value", "pi_stripepaymentid7f"),
            Map.entry("SystemSetting.name", "systemsetting.name"),
            Map.entry("VersionTag.value", "versiontagvalue7f"),
            Map.entry("WebUrl.value", "https://example.org/weburlvalue7f"),
            Map.entry("WebhookSecret.value", "whsec_webhooksecretvalue7f"));

    @ParameterizedTest
    @MethodSource("records")
    void toString_everyRecord_printsOnlyWhatMayPrint(Class<? extends Record> type) throws ReflectiveOperationException {
        assertThat(printed(type)).isSubsetOf(MAY_PRINT);
    }

    @Test
    void mayPrint_everyEntry_isPrinted() throws IOException, URISyntaxException, ReflectiveOperationException {
        Set<String> printed = new TreeSet<>();
        for (Class<? extends Record> type : records().toList()) {
            printed.addAll(printed(type));
        }

        assertThat(printed).containsExactlyInAnyOrderElementsOf(MAY_PRINT);
    }

    @Test
    void records_areFound() throws IOException, URISyntaxException {
        assertThat(records()).hasSizeGreaterThan(50).contains(Money.class, Actor.AdminActor.class);
    }

    /** The leaves, as {@code Record.component}, that stand in what a record of that type prints. */
    private static Set<String> printed(Class<? extends Record> type) throws ReflectiveOperationException {
        Map<String, Object> leaves = new HashMap<>();
        String printed = fill(type, leaves).toString();
        Set<String> found = new TreeSet<>();
        leaves.forEach((leaf, value) -> {
            if (printed.contains(value.toString())) {
                found.add(leaf);
            }
        });
        return found;
    }

    private static Record fill(Class<?> type, Map<String, Object> leaves) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] =
                    value(components[i].getGenericType(), type.getSimpleName() + "." + components[i].getName(), leaves);
        }
        return (Record) type.getDeclaredConstructor(types).newInstance(values);
    }

    private static Object value(Type type, String leaf, Map<String, Object> leaves)
            throws ReflectiveOperationException {
        if (type instanceof ParameterizedType generic) {
            return generic(generic, leaf, leaves);
        }
        if (type == String.class || type == double.class || type instanceof TypeVariable<?>) {
            Object sample = SAMPLES.getOrDefault(leaf, "of " + leaf);
            leaves.put(leaf, sample);
            return sample;
        }
        if (type == int.class || type == Integer.class) {
            return 7;
        }
        if (type == long.class) {
            return 7L;
        }
        if (type == UUID.class) {
            return new UUID(7, 7);
        }
        if (type == Instant.class) {
            return Instant.EPOCH;
        }
        if (type == Duration.class) {
            return Duration.ofMinutes(7);
        }
        if (type == Actor.class) {
            return fill(Actor.UserActor.class, leaves);
        }
        Class<?> raw = (Class<?>) type;
        return raw.isEnum() ? raw.getEnumConstants()[0] : fill(raw, leaves);
    }

    private static Object generic(ParameterizedType type, String leaf, Map<String, Object> leaves)
            throws ReflectiveOperationException {
        Type[] arguments = type.getActualTypeArguments();
        Object first = value(arguments[0], leaf, leaves);
        Type raw = type.getRawType();
        if (raw == Optional.class) {
            return Optional.of(first);
        }
        if (raw == List.class) {
            return List.of(first);
        }
        if (raw == Set.class) {
            return Set.of(first);
        }
        if (raw == Sensitive.class) {
            return Sensitive.of(first);
        }
        assertThat(raw).as("a type that this test knows to fill").isEqualTo(Map.class);
        return Map.of("color", value(arguments[1], leaf, leaves));
    }

    @SuppressWarnings("unchecked")
    static Stream<Class<? extends Record>> records() throws IOException, URISyntaxException {
        Path classes = Path.of(
                Check.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<Path> files;
        try (Stream<Path> tree = Files.walk(classes.resolve("ai"))) {
            files = tree.filter(file -> file.toString().endsWith(".class"))
                    .sorted()
                    .toList();
        }
        return files.stream()
                .map(file -> classes.relativize(file).toString())
                .map(file ->
                        file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                .<Class<?>>map(PrintedRecordsTest::load)
                .filter(type -> type.isRecord() && isOfTheApi(type))
                .map(type -> (Class<? extends Record>) type);
    }

    private static boolean isOfTheApi(Class<?> type) {
        return Modifier.isPublic(type.getModifiers())
                && (type.getEnclosingClass() == null || isOfTheApi(type.getEnclosingClass()));
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException impossible) {
            throw new LinkageError(name, impossible);
        }
    }
}

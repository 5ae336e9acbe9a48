package ai.snagr.data.postgres.internal.audit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.audit.AuditAction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** An action that nothing writes would promise a record that nobody keeps. */
final class AuditActionsTest {
    private static final Path SOURCES = Path.of("src/main/java");

    @Test
    void everyAction_isWrittenBySomething() throws IOException {
        String sources;
        try (Stream<Path> files = Files.walk(SOURCES)) {
            sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("JdbiAuditTrail.java")) // which reads them
                    .map(AuditActionsTest::read)
                    .collect(Collectors.joining());
        }

        Set<AuditAction> unwritten = EnumSet.allOf(AuditAction.class);
        unwritten.removeIf(action -> sources.contains("AuditAction." + action.name())
                || sources.contains("'" + action.name().toLowerCase(Locale.ROOT) + "'"));

        assertThat(unwritten).containsExactly(AuditAction.OTHER);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

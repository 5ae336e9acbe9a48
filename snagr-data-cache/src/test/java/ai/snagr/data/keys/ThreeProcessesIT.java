package ai.snagr.data.keys;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.postgres.Capability;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.TestRedis;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three processes, each with its own keys, over one database and one Redis; and a fourth that has stolen two of them. */
@Timeout(300)
class ThreeProcessesIT {
    private final TestDatabase database = TestDatabase.create();
    private final TestRedis redis = TestRedis.create();
    private final List<Child> children = new ArrayList<>();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        children.forEach(Child::close);
        redis.close();
        database.close();
    }

    @Test
    void job_acrossThreeProcesses_opensWhatIsPaidForAndNothingElse() throws Exception {
        Path master = folder.resolve("master");
        Keys.createKeyStore(master, OneOfThree.PASSWORD);
        Path forWriter = export(master, "writer", KeyPurpose.SUBJECT, KeyPurpose.AUDIT);
        Path forReader = export(master, "reader", KeyPurpose.SUBJECT, KeyPurpose.AUDIT, KeyPurpose.CACHE);
        Path forUnlocker = export(master, "unlocker", KeyPurpose.SUBJECT, KeyPurpose.AUDIT, KeyPurpose.LOCK);
        Child unlocker = start(Capability.UNLOCK, forUnlocker);
        unlocker.expect(OneOfThree.READY);
        Child writer = start(Capability.WRITE_MATCHES, forWriter);
        Child reader = start(Capability.READ, forReader);
        writer.expect(OneOfThree.READY);
        reader.expect(OneOfThree.READY);

        String alice = reader.ask("register");
        String bob = reader.ask("register");
        String search = reader.ask("search " + alice);
        assertThat(writer.ask("write " + alice)).isEqualTo("8");
        List<String> found = List.of(reader.ask("list " + alice + " " + search).split(" "));
        assertThat(found).hasSize(8);
        String match = found.get(3);
        assertThat(unlocker.ask("unlock " + alice + " " + match)).isEqualTo(match);

        assertThat(reader.ask("reveal " + alice + " " + match)).startsWith("https://");
        assertThat(reader.ask("reveal " + alice + " " + found.get(4))).isEqualTo("NOT_UNLOCKED");
        assertThat(reader.ask("reveal " + bob + " " + match)).isEqualTo("NOT_UNLOCKED");
        assertThat(reader.ask("unlock " + alice + " " + found.get(4))).isEqualTo("CONFIGURATION");
        assertThat(writer.ask("unlock " + alice + " " + found.get(4))).isEqualTo("CONFIGURATION");
        assertThat(writer.ask("reveal " + alice + " " + match)).isEqualTo("CONFIGURATION");
        assertThat(unlocker.ask("reveal " + alice + " " + match)).isEqualTo("CONFIGURATION");

        Child attacker = start(
                Attacker.class,
                forWriter.toString(),
                forReader.toString(),
                database.jdbcUrl(),
                database.user(),
                database.password(),
                database.postgres().user(),
                database.postgres().password(),
                redis.uri(),
                alice,
                search,
                match);
        attacker.expect("opened [] in many attempts, control true");
        assertThat(reader.ask("reveal " + alice + " " + match)).startsWith("https://");
    }

    private Path export(Path master, String name, KeyPurpose... purposes) {
        Path file = folder.resolve(name);
        Keys.exportKeyStore(master, OneOfThree.PASSWORD, file, OneOfThree.PASSWORD, Set.of(purposes));
        return file;
    }

    private Child start(Capability capability, Path keys) throws IOException {
        return start(
                OneOfThree.class,
                capability.name(),
                keys.toString(),
                database.jdbcUrl(),
                database.user(),
                database.password(),
                redis.uri());
    }

    private Child start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Child child = new Child(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        children.add(child);
        return child;
    }

    /** A process that is spoken to line by line, and ended with the test. */
    private record Child(Process process, PrintStream to, BufferedReader from) {
        Child(Process process) {
            this(
                    process,
                    new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8),
                    process.inputReader(StandardCharsets.UTF_8));
        }

        String ask(String line) {
            to.println(line);
            return read();
        }

        void expect(String line) {
            assertThat(read()).isEqualTo(line);
        }

        private String read() {
            try {
                String line = from.readLine();
                assertThat(line).as("a line of a process that still runs").isNotNull();
                return line;
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }

        void close() {
            to.close();
            try {
                if (!process.waitFor(20, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException interrupted) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}

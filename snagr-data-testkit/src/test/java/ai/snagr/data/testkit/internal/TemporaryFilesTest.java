package ai.snagr.data.testkit.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class TemporaryFilesTest {
    @TempDir
    Path parent;

    @Test
    void cacheDirectory_twice_isTheSameAndReadableByAll() throws Exception {
        Path first = TemporaryFiles.cacheDirectory(parent);

        assertThat(TemporaryFiles.cacheDirectory(parent)).isEqualTo(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first)))
                .isEqualTo("rwxr-xr-x");
        assertThat(parent).isDirectoryNotContaining(path -> !path.equals(first));
    }

    @Test
    void cacheDirectory_othersCouldHaveWritten_isNotTrusted() throws Exception {
        Path cache = TemporaryFiles.cacheDirectory(parent);
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));

        Path other = TemporaryFiles.cacheDirectory(parent);

        assertThat(other).isNotEqualTo(cache).exists();
        RunDirectory.delete(other);
    }

    @Test
    void cacheDirectory_isALink_isNotTrusted() throws Exception {
        Path cache = TemporaryFiles.cacheDirectory(parent);
        Path elsewhere = Files.move(cache, parent.resolve("elsewhere"));
        Files.createSymbolicLink(cache, elsewhere);

        Path other = TemporaryFiles.cacheDirectory(parent);

        assertThat(other).isNotEqualTo(cache);
        assertThat(elsewhere).isEmptyDirectory();
        RunDirectory.delete(other);
    }

    @Test
    void runDirectory_leftBehind_isRemovedByTheNext() throws Exception {
        Path leftBehind = Files.createDirectory(parent.resolve("run-1"));
        Files.createFile(leftBehind.resolve("lock"));
        Files.createFile(leftBehind.resolve("data"));

        Path next = RunDirectory.create(parent, "run-");

        assertThat(leftBehind).doesNotExist();
        assertThat(next).exists();
        RunDirectory.delete(next);
    }

    @Test
    void runDirectory_ofThisProcess_isKeptByTheNext() throws Exception {
        Path own = RunDirectory.create(parent, "run-");
        Path next = RunDirectory.create(parent, "run-");

        assertThat(own).exists();
        RunDirectory.delete(own);
        RunDirectory.delete(next);
    }

    @Test
    void runDirectory_ofThisProcess_isKeptByAnotherOne() throws Exception {
        Path own = RunDirectory.create(parent, "run-");
        RunDirectory.delete(RunDirectory.create(parent, "run-"));

        Process another = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        MakesRunDirectory.class.getName(),
                        parent.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();

        assertThat(another.waitFor()).isZero();
        assertThat(own).exists();
        RunDirectory.delete(own);
    }

    @Test
    void runDirectory_withoutLock_isRemovedWhenItIsOld() throws Exception {
        Path young = Files.createDirectory(parent.resolve("run-young"));
        Path old = Files.createDirectory(parent.resolve("run-old"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(2 * 3_600)));

        RunDirectory.delete(RunDirectory.create(parent, "run-"));

        assertThat(young).exists();
        assertThat(old).doesNotExist();
    }

    @Test
    void runDirectory_lockedByAnotherProcess_isKept() throws Exception {
        Path other = Files.createDirectory(parent.resolve("run-other"));
        Path lock = Files.createFile(other.resolve("lock"));
        // To this process its own lock looks like that of another one, as long as it is held through another channel.
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
            assertThat(channel.tryLock()).isNotNull();

            RunDirectory.delete(RunDirectory.create(parent, "run-"));
            assertThat(other).exists();
        }
    }

    /** The main class of another process. */
    static final class MakesRunDirectory {
        private MakesRunDirectory() {}

        public static void main(String[] arguments) throws Exception {
            RunDirectory.create(Path.of(arguments[0]), "run-");
        }
    }
}

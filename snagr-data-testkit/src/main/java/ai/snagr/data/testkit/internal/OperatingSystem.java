package ai.snagr.data.testkit.internal;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What this machine is, as far as starting servers depends on it. */
final class OperatingSystem {
    private static final String NAME = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    private static final String ARCHITECTURE = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);

    private OperatingSystem() {}

    static boolean isWindows() {
        return NAME.startsWith("windows");
    }

    static boolean isMac() {
        return NAME.startsWith("mac");
    }

    static boolean isLinux() {
        return NAME.startsWith("linux");
    }

    static boolean isArm() {
        return List.of("aarch64", "arm64").contains(ARCHITECTURE);
    }

    /** Whether the C library is musl, as on Alpine: it runs no binary made for glibc. */
    static boolean isMusl() {
        try (Stream<Path> libraries = Files.list(Path.of("/lib"))) {
            return libraries.anyMatch(file -> file.getFileName().toString().startsWith("ld-musl-"));
        } catch (IOException noSuchDirectory) {
            return false;
        }
    }

    /** Whether this process runs as the superuser of a Unix. */
    static boolean isRoot() {
        Path self = Path.of("/proc/self");
        try {
            return Files.exists(self)
                    ? Integer.valueOf(0).equals(Files.getAttribute(self, "unix:uid"))
                    : "root".equals(System.getProperty("user.name"));
        } catch (IOException | UnsupportedOperationException notUnix) {
            return false;
        }
    }

    /** Lets every user read the files of the directory and run its programs. */
    static void letOthersRead(Path directory) throws IOException {
        if (!isWindows()) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    /** The file of that name in the first directory of the PATH that has one to run. */
    static Optional<Path> onPath(String program) {
        return Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
                .filter(directory -> !directory.isBlank())
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}

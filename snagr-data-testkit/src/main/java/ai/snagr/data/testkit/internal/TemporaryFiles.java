package ai.snagr.data.testkit.internal;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Directories below {@code java.io.tmpdir}. */
final class TemporaryFiles {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFiles.class);

    private TemporaryFiles() {}

    /**
     * A directory kept between runs, for files that others read too. What another user could have written is not
     * trusted: then it is a new directory.
     *
     * @param parent such as {@code java.io.tmpdir}
     */
    static Path cacheDirectory(Path parent) throws IOException {
        Path directory = parent.resolve("snagr-testkit-" + System.getProperty("user.name"));
        if (!Files.getFileStore(parent).supportsFileAttributeView("posix")) {
            return Files.createDirectories(directory);
        }
        if (Files.notExists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Path fresh = Files.createTempDirectory(parent, "snagr-fresh-");
            OperatingSystem.letOthersRead(fresh);
            try {
                return Files.move(fresh, directory);
            } catch (IOException madeByAnotherRun) {
                delete(fresh);
            }
        }
        if (isOurs(directory, parent)) {
            return directory;
        }
        Path ofThisRun = RunDirectory.create(parent, "snagr-unpacked-");
        OperatingSystem.letOthersRead(ofThisRun);
        return ofThisRun;
    }

    private static boolean isOurs(Path directory, Path parent) throws IOException {
        Path probe = Files.createTempDirectory(parent, "snagr-probe-");
        try {
            return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                    && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(probe))
                    && PosixFilePermissions.toString(Files.getPosixFilePermissions(directory))
                            .equals("rwxr-xr-x");
        } finally {
            delete(probe);
        }
    }

    /** Deletes it and everything in it; what cannot be deleted is left and noted. */
    static void delete(Path directory) {
        if (Files.notExists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failure) {
            LOG.warn("cannot delete {}: {}", directory, failure.toString());
        }
    }
}

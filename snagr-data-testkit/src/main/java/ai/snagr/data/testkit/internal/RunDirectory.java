package ai.snagr.data.testkit.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of this run, marked as in use by a lock that the operating system gives up with the process. A later run
 * removes those that nobody holds.
 */
final class RunDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(RunDirectory.class);
    private static final String LOCK = "lock";

    /** Opening and closing a lock file anywhere in a process gives up that process's lock: its own are never looked at. */
    private static final Map<Path, FileChannel> OWN = new ConcurrentHashMap<>();

    private RunDirectory() {}

    /** A new directory below the parent, from which the leftovers of killed runs are removed first. */
    static Path create(Path parent, String prefix) throws IOException {
        deleteLeftovers(parent, prefix);
        Path directory = Files.createTempDirectory(parent, prefix);
        FileChannel channel =
                FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        OWN.put(directory, channel);
        if (channel.tryLock() == null) {
            throw new IOException("another process has locked a new directory of this one");
        }
        return directory;
    }

    /** Gives up the lock and deletes the directory. Repeating it changes nothing. */
    static void delete(Path directory) {
        FileChannel channel = OWN.remove(directory);
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException lockIsGoneAnyway) {
                LOG.debug("{}: {}", directory, lockIsGoneAnyway.getMessage());
            }
        }
        TemporaryFiles.delete(directory);
    }

    private static void deleteLeftovers(Path parent, String prefix) throws IOException {
        try (Stream<Path> directories = Files.list(parent)) {
            directories
                    .filter(directory -> directory.getFileName().toString().startsWith(prefix))
                    .filter(RunDirectory::isAbandoned)
                    .forEach(directory -> {
                        LOG.debug("removing {}, left behind by a run that was killed", directory);
                        TemporaryFiles.delete(directory);
                    });
        }
    }

    private static boolean isAbandoned(Path directory) {
        Path file = directory.resolve(LOCK);
        if (OWN.containsKey(directory) || !Files.isWritable(directory)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            @Nullable FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException held) {
            return false;
        } catch (IOException noLockYet) {
            return isOld(directory);
        }
    }

    private static boolean isOld(Path directory) {
        try {
            return Files.getLastModifiedTime(directory)
                    .toInstant()
                    .isBefore(Instant.now().minus(Duration.ofHours(1)));
        } catch (IOException gone) {
            return false;
        }
    }
}

package ai.snagr.data.postgres.internal.audit;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An Ed25519 key for checkpoints, in a file. */
public final class SigningKey {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._/-]{1,100}");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> REFUSED = PosixFilePermissions.fromString("----w-rwx");

    private final SignedNote.SignerKey key;

    private SigningKey(SignedNote.SignerKey key) {
        this.key = key;
    }

    public static SigningKey create(Path file, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new SnagrDataException.InvalidInput(
                    "AuditSigner", List.of(new Problem("name", "must be 1 to 100 letters, digits or one of . _ / -")));
        }
        byte[] seed = new byte[32];
        new SecureRandom().nextBytes(seed);
        boolean posix = file.toAbsolutePath()
                .getFileSystem()
                .supportedFileAttributeViews()
                .contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
        try (FileChannel channel = FileChannel.open(
                file, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
            int ignored = channel.write(StandardCharsets.US_ASCII.encode(SignedNote.signerKey(name, seed) + '\n'));
            channel.force(true);
        } catch (FileAlreadyExistsException exists) {
            throw misconfigured("There is a file " + file + " already, which may be a key: use another path", exists);
        } catch (IOException failure) {
            throw misconfigured("The key file " + file + " cannot be written", failure);
        }
        return new SigningKey(new SignedNote.SignerKey(name, seed));
    }

    public static SigningKey read(Path file) {
        try {
            if (Files.getFileStore(file).supportsFileAttributeView("posix")
                    && !Collections.disjoint(Files.getPosixFilePermissions(file), REFUSED)) {
                throw misconfigured("The key file " + file + " is open to others: run chmod 600 on it", null);
            }
            return SignedNote.parseSignerKey(Files.readString(file))
                    .map(SigningKey::new)
                    .orElseThrow(() -> misconfigured(
                            file + " is no key for checkpoints: correct the path, or make one with AuditSigner.create",
                            null));
        } catch (NoSuchFileException missing) {
            throw misconfigured("There is no key file " + file + ": make one with AuditSigner.create", missing);
        } catch (IOException failure) {
            throw misconfigured("The key file " + file + " cannot be read", failure);
        }
    }

    public String verifierKey() {
        return SignedNote.verifierKey(key.name(), key.seed());
    }

    String sign(Checkpoint checkpoint) {
        return SignedNote.sign(checkpoint.text(), key.name(), key.seed());
    }

    private static SnagrDataException misconfigured(String message, @Nullable Exception cause) {
        return new SnagrDataException.Misconfigured(ErrorCode.CONFIGURATION, message, cause);
    }
}

package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.bc.EncryptedObjectStoreData;
import org.bouncycastle.asn1.bc.ObjectStore;
import org.bouncycastle.asn1.bc.PbkdMacIntegrityCheck;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.crypto.util.PBKDFConfig;
import org.bouncycastle.crypto.util.ScryptConfig;
import org.bouncycastle.jcajce.BCFKSLoadStoreParameter;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.jspecify.annotations.Nullable;

/**
 * A file of keys: a Bouncy Castle FKS key store, encrypted and authenticated under a password with scrypt. What stands in
 * it is for {@link KeyStoreEntries} to know.
 *
 * <p>A new state of the file is written beside it, forced to the disk and put in its place in one step, so that after a
 * crash there is either the old file or the new one, and perhaps a file {@code *.tmp} that nobody reads.
 */
public final class KeyStoreFile {
    private static final long MAX_LENGTH = 1 << 20;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> REFUSED = PosixFilePermissions.fromString("----w-rwx");

    private static final int SCRYPT_COST = 1 << 14;
    /** Loading takes time and memory in proportion, also for a file that somebody else wrote. */
    private static final int MAX_SCRYPT_COST = 1 << 17;

    private static final int SCRYPT_BLOCK_SIZE = 8;
    private static final int MAX_SCRYPT_PARALLELISM = 8;
    private static final ASN1ObjectIdentifier SCRYPT = new ASN1ObjectIdentifier("1.3.6.1.4.1.11591.4.11");

    private KeyStoreFile() {}

    /**
     * The keys of the file, whose states this provider may not change.
     *
     * @throws SnagrDataException CONFIGURATION naming the file, what is wrong with it and what to do
     */
    public static LocalKeys open(Path file, char[] password) {
        return new LocalKeys(keys(file, password), new ReadOnly(file), InstantSource.system());
    }

    /**
     * The keys of the file, with the password, which is kept until the provider is closed, to write changes of their
     * states.
     *
     * @throws SnagrDataException CONFIGURATION as {@link #open}
     */
    public static LocalKeys administer(Path file, char[] password) {
        return new LocalKeys(keys(file, password), new Written(file, password.clone()), InstantSource.system());
    }

    /**
     * Writes a new file with version 1 of the root key, readable by its owner only.
     *
     * @throws SnagrDataException CONFIGURATION if there is such a file already, or it cannot be written
     */
    public static void create(Path file, char[] password) {
        write(file, password, entries -> entries.putRoot(1));
    }

    /**
     * Writes a new file, readable by its owner only, with the keys of those purposes and nothing that others could be
     * made from.
     *
     * @throws SnagrDataException CONFIGURATION as {@link #open} and {@link #create}, or if there are no such keys
     */
    public static void export(
            Path from, char[] password, Path file, char[] passwordOfThatFile, Set<KeyPurpose> purposes) {
        Map<KeyRef, LocalKey> keys = keys(from, password);
        if (!keys.keySet().stream()
                        .map(KeyRef::purpose)
                        .collect(Collectors.toSet())
                        .containsAll(purposes)
                || purposes.isEmpty()) {
            throw misconfigured("The key store " + from + " does not hold keys for each of " + purposes
                    + ", or none was asked for: nothing was exported");
        }
        write(file, passwordOfThatFile, entries -> entries.putParts(keys, purposes));
    }

    /**
     * Adds a new version of the root key, which is the newest from now on, and returns it. The older ones stay.
     *
     * @throws SnagrDataException CONFIGURATION naming the file, what is wrong with it and what to do
     */
    public static int rotate(Path file, char[] password) {
        return rewrite(file, password, KeyStoreEntries::addRoot);
    }

    private static Map<KeyRef, LocalKey> keys(Path file, char[] password) {
        requirePrivate(file);
        return new KeyStoreEntries(file, load(file, password), password).keys();
    }

    private static void write(Path file, char[] password, Filling filling) {
        requirePassword(file, password);
        try {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            KeyStore store = newKeyStore();
            store.load(null, null);
            filling.fill(new KeyStoreEntries(file, store, password));
            Path written = writeBeside(file, encoded(store, password), OWNER_ONLY);
            try {
                placeNew(written, file);
            } finally {
                Files.deleteIfExists(written);
            }
            forceDirectory(file);
        } catch (FileAlreadyExistsException exists) {
            throw misconfigured(
                    "There is a file " + file + " already, which may hold keys that data needs: it is left as it is; "
                            + "use another path, or rotate it with Keys.rotateKeyStore",
                    exists);
        } catch (IOException | GeneralSecurityException failure) {
            throw notWritten(file, failure);
        }
    }

    private static synchronized <T> T rewrite(Path link, char[] password, Change<T> change) {
        requirePrivate(link);
        try {
            Path file = link.toRealPath();
            Path lock = file.resolveSibling(file.getFileName() + ".lock");
            // Of two changes at once, the second must see what the first has made: a lost version loses data.
            // The file itself is replaced, so it cannot be what is locked; the lock file stays, as deleting it
            // would race.
            try (FileChannel channel = FileChannel.open(
                    lock, EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), ownerOnly(file))) {
                channel.lock();
                KeyStore store = load(file, password);
                T result = change.apply(new KeyStoreEntries(file, store, password));
                replace(file, encoded(store, password));
                return result;
            }
        } catch (IOException | GeneralSecurityException failure) {
            throw notWritten(link, failure);
        }
    }

    private static KeyStore load(Path file, char[] password) {
        byte[] bytes = content(file);
        requireScrypt(file, bytes);
        KeyStore store = newKeyStore();
        try {
            store.load(new ByteArrayInputStream(bytes), password);
            return store;
        } catch (IOException | GeneralSecurityException | RuntimeException refused) {
            throw misconfigured(
                    "The key store " + file
                            + " does not open: the password is wrong, or the file is damaged and must be "
                            + "restored from a copy",
                    refused);
        }
    }

    private static byte[] content(Path file) {
        try {
            if (Files.size(file) > MAX_LENGTH) {
                throw notAKeyStore(file, null);
            }
            return Files.readAllBytes(file);
        } catch (IOException failure) {
            throw notRead(file, failure);
        }
    }

    /** Looks at the costs before the password is tried, which takes them. */
    private static void requireScrypt(Path file, byte[] bytes) {
        try {
            ObjectStore store = ObjectStore.getInstance(bytes);
            requireScrypt(
                    file,
                    PbkdMacIntegrityCheck.getInstance(store.getIntegrityCheck().getIntegrityCheck())
                            .getPbkdAlgorithm());
            EncryptedObjectStoreData data = EncryptedObjectStoreData.getInstance(store.getStoreData());
            requireScrypt(
                    file,
                    PBES2Parameters.getInstance(data.getEncryptionAlgorithm().getParameters())
                            .getKeyDerivationFunc());
        } catch (RuntimeException malformed) {
            if (malformed instanceof SnagrDataException) {
                throw malformed;
            }
            throw notAKeyStore(file, malformed);
        }
    }

    private static void requireScrypt(Path file, KeyDerivationFunc derivation) {
        if (!SCRYPT.equals(derivation.getAlgorithm())) {
            throw misconfigured(
                    "The key store " + file + " is not protected with scrypt: make one with " + "Keys.createKeyStore");
        }
        ASN1Sequence parameters = ASN1Sequence.getInstance(derivation.getParameters());
        int cost = intAt(parameters, 1);
        int parallelism = intAt(parameters, 3);
        if (cost < SCRYPT_COST
                || cost > MAX_SCRYPT_COST
                || Integer.bitCount(cost) != 1
                || intAt(parameters, 2) != SCRYPT_BLOCK_SIZE
                || parallelism < 1
                || parallelism > MAX_SCRYPT_PARALLELISM) {
            throw misconfigured("The key store " + file + " has parameters of scrypt that are too weak or too costly: "
                    + "make one with Keys.createKeyStore, or restore it from a copy");
        }
    }

    private static int intAt(ASN1Sequence parameters, int index) {
        ASN1Encodable element = parameters.getObjectAt(index);
        return ASN1Integer.getInstance(element).intValueExact();
    }

    private static byte[] encoded(KeyStore store, char[] password) throws IOException, GeneralSecurityException {
        PBKDFConfig scrypt = new ScryptConfig.Builder(SCRYPT_COST, SCRYPT_BLOCK_SIZE, 1)
                .withSaltLength(32)
                .build();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.store(new BCFKSLoadStoreParameter.Builder(out, password)
                .withStorePBKDFConfig(scrypt)
                .build());
        return out.toByteArray();
    }

    /** The provider is handed over, never installed: what is installed changes the cryptography of the whole JVM. */
    private static KeyStore newKeyStore() {
        try {
            return KeyStore.getInstance("BCFKS", new BouncyCastleProvider());
        } catch (GeneralSecurityException missing) {
            throw misconfigured("Bouncy Castle on the class path has no BCFKS key store: use bcprov-jdk18on", missing);
        }
    }

    private static Path writeBeside(Path file, byte[] content, Set<PosixFilePermission> permissions)
            throws IOException {
        Path written = Files.createTempFile(directory(file), file.getFileName() + ".", ".tmp", ownerOnly(file));
        try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
            ByteBuffer remaining = ByteBuffer.wrap(content);
            while (remaining.hasRemaining()) {
                channel.write(remaining);
            }
            if (isPosix(file)) {
                Files.setPosixFilePermissions(written, permissions);
            }
            channel.force(true);
        } catch (IOException failure) {
            Files.deleteIfExists(written);
            throw failure;
        }
        return written;
    }

    /** A hard link fails if the name is taken, in one step; a move would check first. */
    private static void placeNew(Path written, Path file) throws IOException {
        try {
            Files.createLink(file, written);
        } catch (FileAlreadyExistsException exists) {
            throw exists;
        } catch (UnsupportedOperationException | FileSystemException noHardLinksHere) {
            Files.move(written, file);
        }
    }

    private static void replace(Path file, byte[] content) throws IOException {
        Path written = writeBeside(file, content, isPosix(file) ? Files.getPosixFilePermissions(file) : OWNER_ONLY);
        try {
            keepOwner(file, written);
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(written);
        }
        forceDirectory(file);
    }

    /** Rotated by root, the file must stay readable for the service. */
    private static void keepOwner(Path file, Path written) throws IOException {
        if (isPosix(file)) {
            PosixFileAttributes before = Files.readAttributes(file, PosixFileAttributes.class);
            PosixFileAttributeView view = Files.getFileAttributeView(written, PosixFileAttributeView.class);
            PosixFileAttributes now = view.readAttributes();
            if (!now.group().equals(before.group())) {
                view.setGroup(before.group());
            }
            if (!now.owner().equals(before.owner())) {
                view.setOwner(before.owner());
            }
        }
    }

    /** Makes the new name last through a crash. Windows knows no such step and refuses to open a directory. */
    private static void forceDirectory(Path file) throws IOException {
        if (isPosix(file)) {
            try (FileChannel directory = FileChannel.open(directory(file), StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    private static Path directory(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        return parent == null ? file.toAbsolutePath() : parent;
    }

    private static FileAttribute<?>[] ownerOnly(Path file) {
        return isPosix(file)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static void requirePassword(Path file, char[] password) {
        if (password.length == 0) {
            throw misconfigured("The key store " + file + " needs a password that is not empty");
        }
    }

    private static void requirePrivate(Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw misconfigured(file + " is a directory, not a key store: give the path of the file");
            }
            if (isPosix(file)) {
                Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
                if (!Collections.disjoint(permissions, REFUSED)) {
                    throw misconfigured("The key store " + file + " is open to others ("
                            + PosixFilePermissions.toString(permissions) + "): run chmod 600 on it, or 640 if its "
                            + "group must read it");
                }
            }
        } catch (IOException failure) {
            throw notRead(file, failure);
        }
    }

    private static SnagrDataException notRead(Path file, IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return misconfigured(
                    "There is no key store " + file + ": correct the path, or make one with Keys.createKeyStore",
                    failure);
        }
        return misconfigured(
                "The key store " + file + " cannot be read: allow it to the user that runs this process", failure);
    }

    private static SnagrDataException notWritten(Path file, Exception failure) {
        String remedy = failure instanceof NoSuchFileException
                ? "its directory does not exist"
                : failure instanceof AccessDeniedException
                        ? "this process may not write to its directory, or not keep its owner"
                        : "see the cause";
        return misconfigured("The key store " + file + " was not written and is as it was before: " + remedy, failure);
    }

    private static SnagrDataException notAKeyStore(Path file, @Nullable Exception cause) {
        return misconfigured(
                file + " is no BCFKS key store: correct the path, or make one with Keys.createKeyStore", cause);
    }

    private interface Filling {
        void fill(KeyStoreEntries entries) throws GeneralSecurityException;
    }

    private interface Change<T> {
        T apply(KeyStoreEntries entries) throws GeneralSecurityException;
    }

    private record ReadOnly(Path file) implements LocalKeys.Lifecycle {
        @Override
        public void change(KeyRef ref, KeyState state) {
            throw refusal();
        }

        @Override
        public void destroy(KeyRef ref) {
            throw refusal();
        }

        private SnagrDataException refusal() {
            return misconfigured("The keys of " + file + " were opened to be used, not to be changed: change them with "
                    + "Keys.administerKeyStore");
        }
    }

    private static final class Written implements LocalKeys.Lifecycle {
        private final Path file;
        private final char[] password;

        Written(Path file, char[] password) {
            this.file = file;
            this.password = password;
        }

        @Override
        public void change(KeyRef ref, KeyState state) {
            rewrite(file, password, entries -> {
                entries.change(ref, state);
                return ref;
            });
        }

        @Override
        public void destroy(KeyRef ref) {
            rewrite(file, password, entries -> {
                entries.destroy(ref);
                return ref;
            });
        }

        @Override
        public void close() {
            Arrays.fill(password, '\0');
        }
    }

    private static SnagrDataException misconfigured(String message) {
        return misconfigured(message, null);
    }

    private static SnagrDataException misconfigured(String message, @Nullable Exception cause) {
        return new SnagrDataException.Misconfigured(ErrorCode.CONFIGURATION, message, cause);
    }
}

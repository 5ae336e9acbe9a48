package ai.snagr.data.postgres;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.crypto.KeyStoreFile;
import ai.snagr.data.postgres.internal.crypto.LocalKeys;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes the usual providers of root keys, which hold their keys in memory until closed. A host with a key service brings
 * its own {@link KeyProvider}.
 */
public final class Keys {
    private Keys() {}

    /**
     * The keys of a file that {@link #createKeyStore} made. It takes about a second, most of it for the password.
     *
     * @param password stays the caller's, who overwrites it
     * @throws SnagrDataException CONFIGURATION if there is no such file, it is open to others, it is no key store, or the
     *     password is wrong
     */
    public static KeyProvider fromKeyStore(Path file, char[] password) {
        return KeyStoreFile.open(requireNonNull(file, "file"), requireNonNull(password, "password"));
    }

    /**
     * The keys of that file for an administrator, who may disable, enable and destroy versions; each change is in the file
     * when the call returns. Services that run see it when they are restarted. The password is kept until {@code close}.
     *
     * @param password stays the caller's, who overwrites it
     * @throws SnagrDataException CONFIGURATION as in {@link #fromKeyStore}
     */
    public static KeyProvider administerKeyStore(Path file, char[] password) {
        return KeyStoreFile.administer(requireNonNull(file, "file"), requireNonNull(password, "password"));
    }

    /**
     * Makes a key store file with a first key, for every purpose, readable by its owner only. Keep a copy apart from the backups of the
     * database: what is sealed cannot be opened without it.
     *
     * @param password not empty; stays the caller's, who overwrites it
     * @throws SnagrDataException CONFIGURATION if there is a file at that path already, or it cannot be written
     */
    public static void createKeyStore(Path file, char[] password) {
        KeyStoreFile.create(requireNonNull(file, "file"), requireNonNull(password, "password"));
    }

    /**
     * Makes another key store file, readable by its owner only, that holds the keys of those purposes alone, in all
     * versions: for a process that must not have the others. It cannot be rotated by itself: rotate the file that it came
     * from, and export again.
     *
     * @param from a file that {@link #createKeyStore} or this method made
     * @param password of that file; stays the caller's, who overwrites it
     * @param to a path where nothing is yet
     * @param newPassword of the new file; stays the caller's, who overwrites it
     * @param purposes at least one
     * @throws SnagrDataException CONFIGURATION as in {@link #fromKeyStore} and {@link #createKeyStore}, or if the file does
     *     not hold keys for those purposes
     */
    public static void exportKeyStore(
            Path from, char[] password, Path to, char[] newPassword, Set<KeyPurpose> purposes) {
        KeyStoreFile.export(
                requireNonNull(from, "from"),
                requireNonNull(password, "password"),
                requireNonNull(to, "to"),
                requireNonNull(newPassword, "newPassword"),
                Set.copyOf(purposes));
    }

    /**
     * Adds a new version of the key to the file and returns its number. Providers that are made from now on wrap new keys
     * with it; what was wrapped with older versions still opens. On an error the file is as it was.
     *
     * @param password of the file; stays the caller's, who overwrites it
     * @throws SnagrDataException CONFIGURATION as in {@link #fromKeyStore}, or if the file cannot be written or was
     *     exported from another one
     */
    public static int rotateKeyStore(Path file, char[] password) {
        return KeyStoreFile.rotate(requireNonNull(file, "file"), requireNonNull(password, "password"));
    }

    /**
     * One key from an environment variable, for tests and small installations. Whoever may look at the process sees it,
     * and it cannot be rotated: prefer {@link #fromKeyStore}.
     *
     * @param variable the name of a variable that holds 32 bytes in Base64
     * @throws SnagrDataException CONFIGURATION if it is not set, or holds something else
     */
    public static KeyProvider fromEnvironment(String variable) {
        return fromEnvironment(requireNonNull(variable, "variable"), System::getenv);
    }

    /** A random key that nobody else has and that is gone after {@code close}, for tests. */
    public static KeyProvider ephemeral() {
        byte[] key = new byte[LocalKeys.KEY_LENGTH];
        new SecureRandom().nextBytes(key);
        return single(key);
    }

    static KeyProvider fromEnvironment(String variable, Function<String, @Nullable String> environment) {
        String value = environment.apply(variable);
        if (value == null) {
            throw new SnagrDataException.Misconfigured("The environment variable " + variable
                    + " is not set: give it 32 random bytes in Base64, such as openssl rand -base64 32 prints");
        }
        byte[] key = decoded(value.strip());
        if (key.length != LocalKeys.KEY_LENGTH) {
            Arrays.fill(key, (byte) 0);
            throw new SnagrDataException.Misconfigured(
                    "The environment variable " + variable
                            + " does not hold a key: it must be 32 random bytes in Base64, such as openssl rand -base64 32 prints");
        }
        return single(key);
    }

    private static KeyProvider single(byte[] key) {
        SortedMap<Integer, byte[]> versions = new TreeMap<>();
        versions.put(1, key);
        return LocalKeys.ofRoots(versions);
    }

    /** Empty if it is no Base64. The decoder's own error would print a character of the key. */
    private static byte[] decoded(String value) {
        try {
            return Base64.getDecoder().decode(value);
        } catch (IllegalArgumentException malformed) {
            return new byte[0];
        }
    }
}

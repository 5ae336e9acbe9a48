package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.spec.SecretKeySpec;

/**
 * What stands in a key store. {@code subject-N} is version N of the root key, from which a key for each purpose is
 * derived. {@code part-PURPOSE-N} is the derived key of one purpose by itself, where the file holds no root key of that
 * version; {@code part-PURPOSE-N-disabled} is one that is not to be used, and comes before the root key. Other entries
 * are kept and not read. Not thread-safe.
 */
final class KeyStoreEntries {
    private static final String VERSION = "-([1-9][0-9]{0,8})";
    private static final Pattern ROOT = Pattern.compile("subject" + VERSION);
    private static final Map<String, KeyPurpose> PURPOSES = Arrays.stream(KeyPurpose.values())
            .collect(Collectors.toUnmodifiableMap(KeyStoreEntries::name, purpose -> purpose));
    private static final Pattern PART =
            Pattern.compile("part-(" + String.join("|", PURPOSES.keySet()) + ")" + VERSION + "(-disabled)?");

    private final Path file;
    private final KeyStore store;
    private final char[] password;

    /** @param file for messages */
    KeyStoreEntries(Path file, KeyStore store, char[] password) {
        this.file = file;
        this.store = store;
        this.password = password;
    }

    /** Every key that is there, for the caller to overwrite. At least one. */
    Map<KeyRef, LocalKey> keys() {
        Map<KeyRef, LocalKey> keys = new LinkedHashMap<>();
        SortedMap<Integer, byte[]> roots = roots();
        try (Engine engine = new Engines().start()) {
            roots.forEach((version, root) -> {
                for (KeyPurpose purpose : KeyPurpose.values()) {
                    keys.put(
                            new KeyRef(purpose, version),
                            new LocalKey(KeyState.ENABLED, LocalKeys.wrappingKey(engine, root, purpose)));
                }
                Arrays.fill(root, (byte) 0);
            });
        }
        keys.putAll(parts());
        if (keys.isEmpty()) {
            throw misconfigured("The key store " + file + " has no entry subject-1: make one with Keys.createKeyStore");
        }
        return keys;
    }

    /**
     * A new version of the root key, which is the newest from now on.
     *
     * @throws SnagrDataException CONFIGURATION if the newest version here is only a part of one
     */
    int addRoot() throws GeneralSecurityException {
        int newest = keys().entrySet().stream()
                .peek(entry -> Arrays.fill(entry.getValue().bytes(), (byte) 0))
                .mapToInt(entry -> entry.getKey().version())
                .max()
                .orElseThrow();
        if (!store.containsAlias(root(newest))) {
            throw misconfigured("The key store " + file + " was exported from another one and holds only some of its "
                    + "keys: rotate that one, and export again");
        }
        putRoot(newest + 1);
        return newest + 1;
    }

    void putRoot(int version) throws GeneralSecurityException {
        byte[] fresh = new byte[LocalKeys.KEY_LENGTH];
        new SecureRandom().nextBytes(fresh);
        put(root(version), fresh);
    }

    /** Takes over the keys of those purposes, from any store; they are overwritten. */
    void putParts(Map<KeyRef, LocalKey> keys, Set<KeyPurpose> purposes) throws GeneralSecurityException {
        for (Map.Entry<KeyRef, LocalKey> entry : keys.entrySet()) {
            if (purposes.contains(entry.getKey().purpose())) {
                put(
                        part(entry.getKey(), entry.getValue().state()),
                        entry.getValue().bytes());
            } else {
                Arrays.fill(entry.getValue().bytes(), (byte) 0);
            }
        }
    }

    void change(KeyRef ref, KeyState state) throws GeneralSecurityException {
        byte[] key = take(ref).bytes();
        delete(ref);
        if (state == KeyState.ENABLED && store.containsAlias(root(ref.version()))) {
            Arrays.fill(key, (byte) 0);
        } else {
            put(part(ref, state), key);
        }
    }

    /** The root key goes as well, since that key can be derived from it; what else came from it stays as parts. */
    void destroy(KeyRef ref) throws GeneralSecurityException {
        Arrays.fill(take(ref).bytes(), (byte) 0);
        if (store.containsAlias(root(ref.version()))) {
            Map<KeyRef, LocalKey> others = keys();
            others.remove(ref);
            others.keySet().removeIf(other -> other.version() != ref.version());
            putParts(others, Set.copyOf(PURPOSES.values()));
            store.deleteEntry(root(ref.version()));
        }
        delete(ref);
    }

    private LocalKey take(KeyRef ref) {
        Map<KeyRef, LocalKey> keys = keys();
        LocalKey key = keys.remove(ref);
        keys.values().forEach(other -> Arrays.fill(other.bytes(), (byte) 0));
        if (key == null) {
            throw misconfigured("The key store " + file + " has no key " + ref + " any more");
        }
        return key;
    }

    private void delete(KeyRef ref) throws GeneralSecurityException {
        store.deleteEntry(part(ref, KeyState.ENABLED));
        store.deleteEntry(part(ref, KeyState.DISABLED));
    }

    private SortedMap<Integer, byte[]> roots() {
        SortedMap<Integer, byte[]> roots = new TreeMap<>();
        for (Matcher root : matching(ROOT)) {
            roots.put(Integer.valueOf(root.group(1)), key(root.group()));
        }
        return roots;
    }

    private Map<KeyRef, LocalKey> parts() {
        Map<KeyRef, LocalKey> parts = new HashMap<>();
        for (Matcher part : matching(PART)) {
            parts.put(
                    new KeyRef(requireNonNull(PURPOSES.get(part.group(1)), "purpose"), Integer.parseInt(part.group(2))),
                    new LocalKey(part.group(3) == null ? KeyState.ENABLED : KeyState.DISABLED, key(part.group())));
        }
        return parts;
    }

    private Iterable<Matcher> matching(Pattern pattern) {
        try {
            return Collections.list(store.aliases()).stream()
                    .map(pattern::matcher)
                    .filter(Matcher::matches)
                    .toList();
        } catch (GeneralSecurityException unreadable) {
            throw doesNotOpen(unreadable);
        }
    }

    private byte[] key(String alias) {
        try {
            Key key = store.getKey(alias, password);
            byte[] bytes = key == null ? null : key.getEncoded();
            if (bytes == null || bytes.length != LocalKeys.KEY_LENGTH) {
                throw misconfigured("The entry " + alias + " of the key store " + file + " is no AES key of "
                        + "256 bits: restore the file from a copy");
            }
            return bytes;
        } catch (GeneralSecurityException unreadable) {
            throw doesNotOpen(unreadable);
        }
    }

    private void put(String alias, byte[] key) throws GeneralSecurityException {
        store.setKeyEntry(alias, new SecretKeySpec(key, "AES"), password, null);
        Arrays.fill(key, (byte) 0);
    }

    private static String root(int version) {
        return "subject-" + version;
    }

    private static String part(KeyRef ref, KeyState state) {
        return "part-" + name(ref.purpose()) + "-" + ref.version() + (state == KeyState.ENABLED ? "" : "-disabled");
    }

    private static String name(KeyPurpose purpose) {
        return purpose.name().toLowerCase(Locale.ROOT);
    }

    private SnagrDataException doesNotOpen(Exception cause) {
        return new SnagrDataException.Misconfigured(
                ErrorCode.CONFIGURATION,
                "An entry of the key store " + file + " does not open with the password of the file: entries must "
                        + "have the same one, as Keys.createKeyStore gives them",
                cause);
    }

    private static SnagrDataException misconfigured(String message) {
        return new SnagrDataException.Misconfigured(message);
    }
}

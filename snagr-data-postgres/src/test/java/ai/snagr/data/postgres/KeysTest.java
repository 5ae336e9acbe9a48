package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.Security;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
    private static final char[] PASSWORD = "canary-passphrase".toCharArray();
    private static final KeyContext CONTEXT = new KeyContext("deployment", "owner");
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private static Path shared;

    @TempDir
    private Path directory;

    private Path file;

    @BeforeAll
    static void createOnce() {
        Keys.createKeyStore(shared.resolve("keys.bcfks"), PASSWORD);
    }

    @BeforeEach
    void copy() throws IOException {
        file = Files.copy(
                shared.resolve("keys.bcfks"), directory.resolve("keys.bcfks"), StandardCopyOption.COPY_ATTRIBUTES);
    }

    @Test
    void fromKeyStore_openedAgain_unwrapsWhatWasWrappedAndInstallsNoProvider() {
        WrappedKey wrapped;
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            wrapped = wrap(keys);
        }
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            assertThat(keys.current(KeyPurpose.SUBJECT).version()).isEqualTo(1);
            assertThat(unwrap(keys, wrapped)).isEqualTo(SECRET);
        }
        assertThat(PASSWORD).isEqualTo("canary-passphrase".toCharArray());
        assertThat(Security.getProvider(BouncyCastleProvider.PROVIDER_NAME)).isNull();
    }

    @Test
    void rotateKeyStore_besideAFileLeftByACrash_addsANewestVersionAndTheOldOnesStillOpen() throws IOException {
        Files.write(directory.resolve("keys.bcfks.123.tmp"), new byte[] {1, 2, 3});
        WrappedKey first;
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            first = wrap(keys);
        }
        assertThat(Keys.rotateKeyStore(file, PASSWORD)).isEqualTo(2);
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            WrappedKey second = wrap(keys);
            assertThat(second.wrappedBy().version()).isEqualTo(2);
            assertThat(unwrap(keys, first)).isEqualTo(SECRET);
            assertThat(unwrap(keys, second)).isEqualTo(SECRET);
        }
        assertThat(names()).containsExactlyInAnyOrder("keys.bcfks", "keys.bcfks.lock", "keys.bcfks.123.tmp");
    }

    @Test
    void rotateKeyStore_severalAtOnce_losesNoVersion() throws Exception {
        List<Callable<Integer>> rotations = new ArrayList<>();
        rotations.add(() -> Keys.rotateKeyStore(file, PASSWORD));
        rotations.add(() -> Keys.rotateKeyStore(file, PASSWORD));
        rotations.add(() -> new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Rotation.class.getName(),
                        file.toString())
                .inheritIO()
                .start()
                .waitFor());
        ExecutorService executor = Executors.newFixedThreadPool(rotations.size());
        try {
            List<Integer> versions = new ArrayList<>();
            for (Future<Integer> rotation : executor.invokeAll(rotations)) {
                versions.add(rotation.get());
            }
            assertThat(versions).containsExactlyInAnyOrder(2, 3, 4);
        } finally {
            executor.shutdownNow();
        }
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            assertThat(keys.current(KeyPurpose.SUBJECT).version()).isEqualTo(4);
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void rotateKeyStore_throughALink_keepsLinkAndPermissions() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertThat(Keys.rotateKeyStore(link, PASSWORD)).isEqualTo(2);
        assertThat(link).isSymbolicLink();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        try (KeyProvider keys = Keys.fromKeyStore(link, PASSWORD)) {
            assertThat(keys.current(KeyPurpose.SUBJECT).version()).isEqualTo(2);
        }
    }

    @Test
    void rotateKeyStore_wrongPassword_leavesTheFile() throws IOException {
        byte[] before = Files.readAllBytes(file);
        assertConfiguration(() -> Keys.rotateKeyStore(file, "wrong".toCharArray()), "password is wrong");
        assertThat(file).hasBinaryContent(before);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void createKeyStore_newFile_isForItsOwnerOnly() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shared.resolve("keys.bcfks"))))
                .isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(shared)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void createKeyStore_existingFile_isRefusedAndLeft() throws IOException {
        byte[] before = Files.readAllBytes(file);
        assertConfiguration(() -> Keys.createKeyStore(file, PASSWORD), "already");
        assertThat(file).hasBinaryContent(before);
        assertThat(names()).containsExactly("keys.bcfks");
    }

    @Test
    void createKeyStore_twoAtOnce_oneWins() throws Exception {
        file = directory.resolve("new.bcfks");
        ExecutorService executor = Executors.newFixedThreadPool(2);
        Callable<Boolean> creation = () -> {
            try {
                Keys.createKeyStore(file, PASSWORD);
                return true;
            } catch (SnagrDataException.Misconfigured exists) {
                return false;
            }
        };
        try {
            List<Boolean> won = new ArrayList<>();
            for (Future<Boolean> result : executor.invokeAll(List.of(creation, creation))) {
                won.add(result.get());
            }
            assertThat(won).containsExactlyInAnyOrder(true, false);
        } finally {
            executor.shutdownNow();
        }
        assertThat(names()).containsExactlyInAnyOrder("keys.bcfks", "new.bcfks");
    }

    @Test
    void createKeyStore_noDirectory_isRefused() {
        file = directory.resolve("absent").resolve("keys.bcfks");
        assertConfiguration(() -> Keys.createKeyStore(file, PASSWORD), "directory does not exist");
    }

    @Test
    void createKeyStore_emptyPassword_isRefused() {
        file = directory.resolve("new.bcfks");
        assertConfiguration(() -> Keys.createKeyStore(file, new char[0]), "password");
        assertThat(file).doesNotExist();
    }

    @Test
    void fromKeyStore_noFile_saysSo() {
        file = directory.resolve("absent.bcfks");
        assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), "There is no key store", "Keys.createKeyStore");
    }

    @Test
    void fromKeyStore_directory_saysSo() {
        file = directory;
        assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), "is a directory");
    }

    @Test
    void fromKeyStore_wrongPassword_saysSo() {
        assertConfiguration(() -> Keys.fromKeyStore(file, "canary-wrong".toCharArray()), "password is wrong");
        assertConfiguration(() -> Keys.fromKeyStore(file, new char[0]), "password is wrong");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "{\"keys\":[]}", "0\u0003\u0002\u0001\u0001"})
    @DisabledOnOs(OS.WINDOWS)
    void fromKeyStore_otherContent_saysSo(String content) throws IOException {
        Files.writeString(file, content);
        assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), "no BCFKS key store");
    }

    @Test
    void fromKeyStore_anotherKindOfKeyStore_saysSo() throws Exception {
        KeyStore pkcs12 = KeyStore.getInstance("PKCS12");
        pkcs12.load(null, null);
        try (var out = Files.newOutputStream(file)) {
            pkcs12.store(out, PASSWORD);
        }
        assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), "no BCFKS key store");
    }

    @Test
    void fromKeyStore_bcfksWithoutScrypt_saysSo() throws Exception {
        store(bcfks());
        assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), "not protected with scrypt");
    }

    @Test
    void fromKeyStore_damagedAnywhere_saysSo() throws IOException {
        byte[] intact = Files.readAllBytes(file);
        for (int at = 0; at < intact.length; at += 139) {
            byte[] damaged = intact.clone();
            damaged[at] ^= 0x10;
            Files.write(file, damaged);
            assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), "");
        }
        Files.write(file, Arrays.copyOf(intact, intact.length - 1));
        assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), "");
    }

    @Test
    void fromKeyStore_costOutOfBounds_isRefusedBeforeItIsPaid() throws IOException {
        byte[] intact = Files.readAllBytes(file);
        int cost = new String(intact, StandardCharsets.ISO_8859_1).indexOf("\u0002\u0002@\u0000\u0002\u0001\u0008");
        assertThat(cost).isPositive();
        for (byte high : new byte[] {0x01, 0x20, 0x7F}) {
            byte[] changed = intact.clone();
            changed[cost + 2] = high;
            Files.write(file, changed);
            assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), "parameters of scrypt");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw----r--", "rw-rw----", "rw-----w-", "rwxrwxrwx"})
    @DisabledOnOs(OS.WINDOWS)
    void fromKeyStore_openToOthers_saysWhatToRun(String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        assertConfiguration(() -> Keys.fromKeyStore(file, PASSWORD), permissions, "chmod 600");
        assertConfiguration(() -> Keys.rotateKeyStore(file, PASSWORD), permissions, "chmod 600");
    }

    @Test
    void exportKeyStore_onePurpose_holdsItsKeysAndNoOthers() throws Exception {
        WrappedKey first;
        WrappedKey lock;
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            first = wrap(keys);
            lock = wrap(keys, keys.current(KeyPurpose.LOCK));
        }
        int version = Keys.rotateKeyStore(file, PASSWORD);
        Path part = directory.resolve("reader.bcfks");
        char[] other = "another canary-passphrase".toCharArray();

        Keys.exportKeyStore(file, PASSWORD, part, other, Set.of(KeyPurpose.SUBJECT, KeyPurpose.AUDIT));

        assertThat(aliases(part, other))
                .containsExactlyInAnyOrder("part-subject-1", "part-subject-2", "part-audit-1", "part-audit-2");
        try (KeyProvider keys = Keys.fromKeyStore(part, other)) {
            assertThat(keys.current(KeyPurpose.SUBJECT).version()).isEqualTo(version);
            assertThat(unwrap(keys, first)).isEqualTo(SECRET);
            assertThatThrownBy(() -> keys.unwrap(lock, CONTEXT)).isInstanceOf(SnagrDataException.Unreadable.class);
            assertThatThrownBy(() -> keys.current(KeyPurpose.LOCK))
                    .isInstanceOf(SnagrDataException.Misconfigured.class)
                    .hasMessageContaining("LOCK");
        }
        file = part;
        assertConfiguration(() -> Keys.rotateKeyStore(part, other), "exported");
        assertConfiguration(
                () -> Keys.exportKeyStore(part, other, directory.resolve("x"), other, Set.of(KeyPurpose.LOCK)),
                "LOCK",
                "nothing was exported");
        assertThat(names()).doesNotContain("x");
    }

    @Test
    void administerKeyStore_versionIsDisabledAndDestroyed_isSoInTheFile() throws Exception {
        WrappedKey subject;
        WrappedKey lock;
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            subject = wrap(keys);
            lock = wrap(keys, keys.current(KeyPurpose.LOCK));
        }
        int ignored = Keys.rotateKeyStore(file, PASSWORD);
        KeyRef first = subject.wrappedBy();
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            assertConfiguration(() -> keys.disable(first), "Keys.administerKeyStore");
            assertThat(unwrap(keys, subject)).isEqualTo(SECRET);
        }
        try (KeyProvider keys = Keys.administerKeyStore(file, PASSWORD)) {
            keys.disable(first);
            assertThat(aliases(file, PASSWORD)).contains("part-subject-1-disabled", "subject-1");
            keys.enable(first);
            assertThat(aliases(file, PASSWORD)).containsExactlyInAnyOrder("subject-1", "subject-2");
            assertThat(keys.destroy(first, Instant.EPOCH)).isEqualTo(KeyState.DESTROYED);
        }
        assertThat(aliases(file, PASSWORD))
                .containsExactlyInAnyOrder("part-lock-1", "part-index-1", "part-cache-1", "part-audit-1", "subject-2");
        try (KeyProvider keys = Keys.fromKeyStore(file, PASSWORD)) {
            assertThat(keys.state(first)).isEqualTo(KeyState.DESTROYED);
            assertThatThrownBy(() -> keys.unwrap(subject, CONTEXT)).isInstanceOf(SnagrDataException.Unreadable.class);
            assertThat(unwrap(keys, lock)).isEqualTo(SECRET);
        }
        assertThat(Keys.rotateKeyStore(file, PASSWORD)).isEqualTo(3);
    }

    @Test
    void fromEnvironment_key_unwrapsWhatItWrapped() {
        String value = Base64.getEncoder().encodeToString(SECRET);
        WrappedKey wrapped;
        try (KeyProvider keys = Keys.fromEnvironment("SNAGR_KEY", Map.of("SNAGR_KEY", value)::get)) {
            wrapped = wrap(keys);
        }
        try (KeyProvider keys = Keys.fromEnvironment("SNAGR_KEY", Map.of("SNAGR_KEY", value + "\n")::get)) {
            assertThat(unwrap(keys, wrapped)).isEqualTo(SECRET);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "canary",
                "canary!canary!canary!canary!canary!canary!!!",
                "Y2FuYXJ5",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYw",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ=="
            })
    void fromEnvironment_noKey_isRefusedAndNotRepeated(String value) {
        assertThatThrownBy(() -> Keys.fromEnvironment("SNAGR_KEY", Map.of("SNAGR_KEY", value)::get))
                .isInstanceOf(SnagrDataException.Misconfigured.class)
                .hasMessageContaining("SNAGR_KEY")
                .hasMessageContaining("openssl rand -base64 32")
                .hasNoCause()
                .satisfies(refused -> {
                    if (!value.isEmpty()) {
                        assertThat(refused.getMessage()).doesNotContain(value);
                    }
                });
    }

    @Test
    void fromEnvironment_notSet_saysSo() {
        assertThatThrownBy(() -> Keys.fromEnvironment("SNAGR_KEY_THAT_NOBODY_SETS"))
                .isInstanceOf(SnagrDataException.Misconfigured.class)
                .hasMessageContaining("SNAGR_KEY_THAT_NOBODY_SETS is not set");
    }

    @Test
    void ephemeral_twoProviders_haveDifferentKeys() {
        try (KeyProvider one = Keys.ephemeral();
                KeyProvider other = Keys.ephemeral()) {
            WrappedKey wrapped = wrap(one);
            assertThat(unwrap(one, wrapped)).isEqualTo(SECRET);
            assertThatThrownBy(() -> unwrap(other, wrapped)).isInstanceOf(SnagrDataException.Unreadable.class);
        }
    }

    private void assertConfiguration(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SnagrDataException.Misconfigured.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CONFIGURATION))
                .hasMessageContaining(file.toString())
                .satisfies(refused -> assertThat(refused.getMessage()).contains(parts))
                .satisfies(refused -> {
                    for (Throwable t = refused; t != null; t = t.getCause()) {
                        assertThat(String.valueOf(t.getMessage())).doesNotContain("canary");
                    }
                });
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }

    private static KeyStore bcfks() throws Exception {
        KeyStore store = KeyStore.getInstance("BCFKS", new BouncyCastleProvider());
        store.load(null, null);
        store.setKeyEntry("subject-1", new SecretKeySpec(SECRET, "AES"), PASSWORD, null);
        return store;
    }

    private void store(KeyStore store) throws Exception {
        try (var out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD);
        }
    }

    private static List<String> aliases(Path file, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance("BCFKS", new BouncyCastleProvider());
        try (var in = Files.newInputStream(file)) {
            store.load(in, password);
        }
        return Collections.list(store.aliases());
    }

    private static WrappedKey wrap(KeyProvider keys) {
        return wrap(keys, keys.current(KeyPurpose.SUBJECT));
    }

    private static WrappedKey wrap(KeyProvider keys, KeyRef kek) {
        try (SecretBytes secret = SecretBytes.copyOf(SECRET)) {
            return keys.wrap(kek, secret, CONTEXT);
        }
    }

    private static byte[] unwrap(KeyProvider keys, WrappedKey wrapped) {
        try (SecretBytes secret = keys.unwrap(wrapped, CONTEXT)) {
            return secret.expose();
        }
    }

    /** Rotates from another process, and exits with the version. */
    static final class Rotation {
        private Rotation() {}

        public static void main(String[] arguments) {
            System.exit(Keys.rotateKeyStore(Path.of(arguments[0]), PASSWORD));
        }
    }
}

package ai.snagr.data.postgres.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.SnagrDataException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigestSpi;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelfTestTest {
    @Test
    void run_runtimeThatComputesWrongly_isRefused() {
        Provider broken = new BrokenProvider();
        Security.insertProviderAt(broken, 1);
        try {
            assertThatThrownBy(Engines::new)
                    .isInstanceOf(SnagrDataException.Misconfigured.class)
                    .hasMessageContaining("SHA-256")
                    .hasMessageContaining("java.security");
        } finally {
            Security.removeProvider(broken.getName());
        }
        assertThatCode(Engines::new).doesNotThrowAnyException();
    }

    @Test
    void start_providerInstalledLater_isNotUsed() {
        Engines engines = new Engines();
        byte[] before = hmac(engines);
        Provider broken = new BrokenProvider();
        Security.insertProviderAt(broken, 1);
        try {
            assertThat(hmac(engines)).isEqualTo(before).isNotEqualTo(new byte[32]);
        } finally {
            Security.removeProvider(broken.getName());
        }
    }

    @Test
    void checkBouncyCastle_bothDistributions_isRefusedNamingThem(@TempDir Path ordinary, @TempDir Path lts)
            throws IOException {
        place(ordinary, "org/bouncycastle/jce/provider/BouncyCastleProvider.class");
        place(lts, "org/bouncycastle/jce/provider/BouncyCastleProvider.class");
        try (URLClassLoader two = loader(ordinary, lts)) {
            assertThatCode(() -> SelfTest.checkBouncyCastle(two)).doesNotThrowAnyException();
        }
        place(lts, "org/bouncycastle/crypto/NativeServices.class");
        try (URLClassLoader both = loader(ordinary, lts)) {
            assertThatThrownBy(() -> SelfTest.checkBouncyCastle(both))
                    .isInstanceOf(SnagrDataException.Misconfigured.class)
                    .hasMessageContaining("bcprov-lts8on")
                    .hasMessageContaining(lts.toString());
        }
        try (URLClassLoader ltsOnly = loader(lts)) {
            assertThatCode(() -> SelfTest.checkBouncyCastle(ltsOnly)).doesNotThrowAnyException();
        }
    }

    private static byte[] hmac(Engines engines) {
        try (Engine engine = engines.start()) {
            return engine.hmac(new byte[32], new byte[3]);
        }
    }

    private static void place(Path directory, String file) throws IOException {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Files.createFile(path);
    }

    private static URLClassLoader loader(Path... directories) throws IOException {
        URL[] urls = new URL[directories.length];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = directories[i].toUri().toURL();
        }
        return new URLClassLoader(urls, null);
    }

    private static final class BrokenProvider extends Provider {
        private static final long serialVersionUID = 1L;

        BrokenProvider() {
            super("Broken", "1", "a hash that is always zeros");
            putService(
                    new Service(this, "MessageDigest", "SHA-256", BrokenDigest.class.getName(), List.of(), Map.of()) {
                        @Override
                        public Object newInstance(Object parameter) {
                            return new BrokenDigest();
                        }
                    });
        }
    }

    private static final class BrokenDigest extends MessageDigestSpi {
        @Override
        protected int engineGetDigestLength() {
            return 32;
        }

        @Override
        protected void engineUpdate(byte input) {}

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {}

        @Override
        protected byte[] engineDigest() {
            return new byte[32];
        }

        @Override
        protected void engineReset() {}
    }
}

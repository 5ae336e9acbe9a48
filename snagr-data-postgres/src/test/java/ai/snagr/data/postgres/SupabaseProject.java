package ai.snagr.data.postgres;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.snagr.data.postgres.internal.schema.OwnServer;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.spi.StoreAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A stand-in for a Supabase project, on a server of its own: a script makes the platform's roles, schemas and default
 * privileges. {@code snagr.test.supabase} (a system property, or {@code SNAGR_TEST_SUPABASE} in the environment) is its path;
 * without it the script is looked for beside the repository, and where there is none the tests are skipped.
 */
final class SupabaseProject implements AutoCloseable {
    private final OwnServer server;
    private final StoreAddress address;
    private int copies;

    private SupabaseProject(OwnServer server, StoreAddress address) {
        this.server = server;
        this.address = address;
    }

    /** @param mode {@code legacy} or {@code 2026}: whether what is created in schema public is open to the API's roles */
    static SupabaseProject start(String mode) throws SQLException, IOException {
        String script = script();
        OwnServer server = OwnServer.start();
        try {
            StoreAddress superuser = server.superuser(server.databaseOf("somebody", "nosuperuser"));
            try (Sql admin = Sql.open(superuser);
                    Statement statement = admin.connection().createStatement()) {
                admin.list("select set_config('supabase_like.expose', ?, false)", mode);
                statement.execute(script);
            }
            return new SupabaseProject(server, new StoreAddress(superuser.jdbcUrl(), "postgres_app", "postgres"));
        } catch (SQLException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** What the host's developer is given: a login that is no superuser. */
    StoreAddress address() {
        return address;
    }

    /** A superuser in the project's database, such as the platform has. */
    Sql admin() throws SQLException {
        return server.admin(address);
    }

    int major() {
        return server.major();
    }

    /** A further database like the project's as it is now. Nobody may be connected to that. */
    synchronized StoreAddress copy() throws SQLException {
        String original = address.jdbcUrl().replaceFirst("\\?.*", "").replaceFirst(".*/", "");
        String name = original + "_copy_" + ++copies;
        try (Sql admin = server.admin()) {
            admin.run("create database " + name + " template " + original + " strategy file_copy");
            admin.run("grant create, connect, temporary on database " + name + " to postgres_app");
        }
        return new StoreAddress(
                address.jdbcUrl().replace("/" + original, "/" + name), address.user(), address.password());
    }

    @Override
    public void close() {
        server.close();
    }

    private static String script() throws IOException {
        Optional<String> setting = Optional.ofNullable(System.getProperty("snagr.test.supabase"))
                .or(() -> Optional.ofNullable(System.getenv("SNAGR_TEST_SUPABASE")));
        Optional<Path> found = setting.isPresent()
                ? setting.map(Path::of)
                : Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent)
                        .map(path -> path.resolve("shared/supabase/supabase-like.sql"))
                        .filter(Files::isRegularFile)
                        .findFirst();
        assumeTrue(
                found.isPresent(),
                "nothing is proven about Supabase: the stand-in supabase-like.sql is not here; name it with"
                        + " -Dsnagr.test.supabase=…");
        return Files.readString(found.orElseThrow());
    }
}

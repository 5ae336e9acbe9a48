package ai.snagr.data.leaks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.postgres.Keys;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets are planted in every sensitive field, the whole job is played in a process of its own, and then they are looked
 * for wherever something may have kept them: as they are, as UTF-16, in hexadecimal and in Base64.
 */
@SnagrDataTest
@Timeout(120)
final class CanariesIT {
    private static final String PASSWORD = "a password of tests";
    private static final List<String> SECRETS =
            List.of(PlayedJob.SELLER, PlayedJob.CONTACT, PlayedJob.ADDRESS, PlayedJob.PHONE, PlayedJob.CARD);

    @TempDir
    private Path directory;

    @Test
    void wholeJob_afterwards_noSecretIsAnywhere(TestDatabase database, TestRedis redis) throws Exception {
        Path store = directory.resolve("keys.bcfks");
        Path dump = directory.resolve("heap.hprof");
        Keys.createKeyStore(store, PASSWORD.toCharArray());
        Map<String, byte[]> places = new LinkedHashMap<>();
        try (Connection admin = database.adminConnection();
                Statement statement = admin.createStatement()) {
            statement.execute("create extension if not exists pg_stat_statements");
            String wal = text(statement, "select pg_current_wal_lsn()");
            play(database, redis, store, dump, places);
            places.put("rows of all tables", rows(statement).getBytes(UTF_8));
            places.put("pg_stat_statements", text(statement, """
                    select string_agg(query, ' ') from pg_stat_statements""").getBytes(UTF_8));
            places.put("write-ahead log", wal(statement, wal));
            places.put("Redis", redis(redis));
            try (KeyProvider keys = Keys.fromKeyStore(store, PASSWORD.toCharArray())) {
                assertHeapHoldsNoKey(dump, subjectKey(statement, keys));
            }
        }
        assertThat(new String(required(places, "rows of all tables"), UTF_8)).contains("visible-title");
        assertThat(contains(required(places, "write-ahead log"), "visible-title".getBytes(UTF_8)))
                .as("the log of this job is what was read")
                .isTrue();
        assertThat(new String(required(places, "pg_stat_statements"), UTF_8)).contains("snagr.unlocks");
        assertThat(new String(required(places, "output"), UTF_8))
                .contains("TRACE", "DEBUG", "RevealedMatch", "the pipe broke", "SnagrDataException");
        places.forEach((place, bytes) -> {
            for (String secret : SECRETS) {
                forms(secret)
                        .forEach((form, wanted) -> assertThat(contains(bytes, wanted))
                                .as("%s of %d bytes holds %s as %s", place, bytes.length, secret, form)
                                .isFalse());
            }
        });
    }

    private void play(TestDatabase database, TestRedis redis, Path store, Path dump, Map<String, byte[]> places)
            throws Exception {
        URI postgres = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        URI far = URI.create(redis.uri());
        Path output = directory.resolve("output.txt");
        try (Tap toPostgres = new Tap(postgres.getHost(), postgres.getPort());
                Tap toRedis = new Tap(far.getHost(), far.getPort())) {
            List<String> command = List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                    "-cp",
                    System.getProperty("java.class.path"),
                    PlayedJob.class.getName(),
                    through(database.jdbcUrl(), postgres, toPostgres),
                    database.user(),
                    database.password(),
                    through(redis.uri(), far, toRedis),
                    store.toString(),
                    PASSWORD,
                    dump.toString());
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(100, TimeUnit.SECONDS);
            process.destroyForcibly();
            String said = Files.readString(output, UTF_8);
            assertThat(ended && process.exitValue() == 0)
                    .as(said.substring(Math.max(0, said.length() - 3_000)))
                    .isTrue();
            places.put("output", Files.readAllBytes(output));
            places.put("what passed to and from PostgreSQL, so its log", toPostgres.passed());
            places.put("what passed to and from Redis", toRedis.passed());
            assertThat(toPostgres.passed().length).isGreaterThan(10_000);
            assertThat(toRedis.passed()).isNotEmpty();
        }
    }

    private static String through(String url, URI server, Tap tap) {
        return url.replace(server.getHost() + ":" + server.getPort(), "localhost:" + tap.port());
    }

    private static String rows(Statement statement) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (ResultSet names = statement.executeQuery(
                "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'snagr'")) {
            while (names.next()) {
                tables.add(names.getString(1));
            }
        }
        StringBuilder rows = new StringBuilder();
        for (String table : tables) {
            try (ResultSet row = statement.executeQuery("select t::text from " + table + " t")) {
                while (row.next()) {
                    rows.append(row.getString(1)).append('\n');
                }
            }
        }
        return rows.toString();
    }

    /** The segments from that position on. */
    private static byte[] wal(Statement statement, String from) throws SQLException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ResultSet row = statement.executeQuery("""
                select pg_read_binary_file('pg_wal/' || name)
                from pg_ls_waldir()
                where name >= pg_walfile_name('%s') and name <= pg_walfile_name(pg_current_wal_lsn())
                order by name""".formatted(from))) {
            while (row.next()) {
                bytes.writeBytes(row.getBytes(1));
            }
        }
        return bytes.toByteArray();
    }

    /** Each value as it is stored, and as Redis dumps it. */
    private static byte[] redis(TestRedis redis) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RedisClient client = RedisClient.create(redis.uri());
        try (var connection = client.connect(ByteArrayCodec.INSTANCE)) {
            for (String key : redis.keys()) {
                bytes.writeBytes(key.getBytes(UTF_8));
                bytes.writeBytes(connection.sync().dump(key.getBytes(UTF_8)));
            }
        } finally {
            client.shutdown();
        }
        return bytes.toByteArray();
    }

    private static byte[] subjectKey(Statement statement, KeyProvider keys) throws SQLException {
        try (ResultSet row = statement.executeQuery("""
                select deployment.id::text, user_id::text, key_id, wrapped_by, wrapped
                from snagr.subject_keys
                cross join snagr.deployment""")) {
            assertThat(row.next()).isTrue();
            WrappedKey wrapped = new WrappedKey(new KeyRef(KeyPurpose.SUBJECT, row.getInt(4)), row.getBytes(5));
            KeyContext context = new KeyContext(row.getString(1), row.getString(2) + "/" + row.getInt(3));
            try (SecretBytes key = keys.unwrap(wrapped, context)) {
                return key.expose();
            }
        }
    }

    private static void assertHeapHoldsNoKey(Path dump, byte[] subjectKey) throws IOException {
        byte[] heap = Files.readAllBytes(dump);
        assertThat(contains(heap, "snagr".getBytes(UTF_8))).isTrue();
        assertThat(contains(heap, subjectKey)).as("the user's key").isFalse();
        for (String column : List.of("matches.seller_info", "matches.listing_url", "user_preferences.phone_number")) {
            assertThat(contains(heap, derived(subjectKey, "field" + column)))
                    .as("the key of %s", column)
                    .isFalse();
        }
        for (String use : List.of("match", "grant", "psk")) {
            assertThat(contains(heap, derived(subjectKey, use)))
                    .as("the key for %s", use)
                    .isFalse();
        }
    }

    /** HKDF-SHA-256 without a salt, 32 bytes (RFC 5869). */
    private static byte[] derived(byte[] key, String info) {
        return hmac(hmac(new byte[32], key), (info + "\1").getBytes(ISO_8859_1));
    }

    private static byte[] hmac(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Map<String, byte[]> forms(String secret) {
        byte[] utf8 = secret.getBytes(UTF_8);
        String base64 = Base64.getEncoder().encodeToString(utf8);
        return Map.of(
                "text", utf8,
                "UTF-16, big end first", secret.getBytes(UTF_16BE),
                "UTF-16, little end first", secret.getBytes(UTF_16LE),
                "hexadecimal", HexFormat.of().formatHex(utf8).getBytes(UTF_8),
                "Base64", base64.substring(0, base64.length() / 4 * 4 - 4).getBytes(UTF_8));
    }

    private static boolean contains(byte[] bytes, byte[] wanted) {
        byte first = wanted[0];
        for (int at = 0; at <= bytes.length - wanted.length; at++) {
            if (bytes[at] == first && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] required(Map<String, byte[]> places, String place) {
        return Objects.requireNonNull(places.get(place), place);
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }
}

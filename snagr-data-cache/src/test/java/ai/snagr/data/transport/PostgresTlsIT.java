package ai.snagr.data.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.ServerKind;
import ai.snagr.data.testkit.internal.PostgresServer;
import ai.snagr.data.user.User;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A PostgreSQL with a certificate, reached by an address that is not this machine's loopback one. */
final class PostgresTlsIT {
    private static final String PASSWORD = "a canary among passwords";
    private static final String DATABASE = "behind_tls";

    private static final Samples SAMPLES = Samples.create();

    @TempDir
    private static Path directory;

    /** One for the one database. */
    private static final KeyProvider KEYS = Keys.ephemeral();

    private static PostgresServer server;
    private static Certificates authority;
    private static Path authorityFile;
    private static String outside;

    private OutsideDoor door;

    @BeforeAll
    static void start() throws Exception {
        outside = OutsideDoor.outside().getHostAddress();
        server = PostgresServer.start();
        if (server.kind() == ServerKind.EXTERNAL) {
            server.close();
        }
        assumeTrue(
                server.kind() != ServerKind.EXTERNAL, "gives the server certificates, which it must have for itself");
        authority = Certificates.authority("the authority");
        authorityFile = authority.write(directory.resolve("authority.pem"));
        run("create role owner_behind_tls login createdb createrole password '" + PASSWORD + "'");
        run("create database " + DATABASE + " owner owner_behind_tls");
    }

    @AfterAll
    static void stop() {
        KEYS.close();
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        URI local = URI.create(server.jdbcUrl().substring("jdbc:".length()));
        door = OutsideDoor.to(local.getHost(), local.getPort());
    }

    @AfterEach
    void close() throws Exception {
        door.close();
    }

    @Test
    void build_theRightCertificate_serves() throws Exception {
        use(authority.forAddress(outside));

        try (SnagrData data = build("?sslrootcert=" + authorityFile)) {
            User user = SAMPLES.registeredUser(data);

            assertThat(data.as(Actor.user(user.id())).users().get(user.id())).isEqualTo(user);
            assertThat(encrypted()).isEqualTo("t");
        }
    }

    @Test
    void build_anExpiredCertificate_isRefused() throws Exception {
        use(authority.forAddress(outside, Duration.ofDays(-2), Duration.ofDays(-1)));

        assertThat(refusal("?sslrootcert=" + authorityFile)).hasMessageContaining("has expired");
    }

    @Test
    void build_aCertificateOfTheFuture_isRefused() throws Exception {
        use(authority.forAddress(outside, Duration.ofDays(1), Duration.ofDays(2)));

        assertThat(refusal("?sslrootcert=" + authorityFile)).hasMessageContaining("not valid yet");
    }

    @Test
    void build_aCertificateForAnotherName_isRefused() throws Exception {
        use(authority.forName("db.example"));

        assertThat(refusal("?sslrootcert=" + authorityFile)).hasMessageContaining("for another name");
    }

    @Test
    void build_aCertificateOfAnotherAuthority_isRefused() throws Exception {
        use(Certificates.authority("another authority").forAddress(outside));

        assertThat(refusal("?sslrootcert=" + authorityFile)).hasMessageContaining("not signed by an authority");
    }

    @Test
    void build_anAuthorityThatTheJvmDoesNotKnow_isRefused() throws Exception {
        use(authority.forAddress(outside));

        assertThat(refusal(""))
                .hasMessageContaining("not signed by an authority")
                .hasMessageContaining("sslrootcert");
    }

    @Test
    void build_aServerThatSaysItHasNoTls_isRefused() throws Exception {
        withoutTls();

        assertThat(refusal("")).hasMessageContaining("offers no TLS");
        assertThat(refusal("?sslrootcert=" + authorityFile)).hasMessageContaining("offers no TLS");
    }

    @Test
    void build_plaintextThatIsNotAllowed_isRefusedBeforeAnythingIsSent() throws Exception {
        withoutTls();

        assertThat(refusal("?sslmode=disable")).hasMessageContaining("allowPlaintext(reason)");
        assertThat(refusal("?sslmode=prefer")).hasMessageContaining("goes on in the clear");
    }

    @Test
    void build_plaintextThatIsAllowed_serves() throws Exception {
        withoutTls();

        try (SnagrData data = builder("?sslmode=disable")
                .allowPlaintext("the test of plain connections")
                .build()) {
            User user = SAMPLES.registeredUser(data);

            assertThat(data.as(Actor.user(user.id())).users().get(user.id())).isEqualTo(user);
            assertThat(encrypted()).isEqualTo("f");
            assertThat(recorded("the test of plain connections"))
                    .isEqualTo("plaintext_allowed, connection:" + outside + " sslmode=disable");
        }
    }

    @Test
    void build_encryptionForWhoeverAnswers_needsToBeAllowed() throws Exception {
        use(Certificates.authority("another authority").forName("db.example"));

        assertThat(refusal("?sslmode=require")).hasMessageContaining("for whoever answers");
        try (SnagrData data = builder("?sslmode=require")
                .allowPlaintext("the test of unchecked connections")
                .build()) {
            assertThat(data).isNotNull();
            assertThat(encrypted()).isEqualTo("t");
        }
    }

    private SnagrDataException refusal(String parameters) {
        Throwable refusal = catchThrowable(() -> build(parameters).close());
        assertThat(refusal).isInstanceOfSatisfying(SnagrDataException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION);
            assertThat(e.retryable()).isFalse();
        });
        for (Throwable t = refusal; t != null; t = t.getCause()) {
            assertThat(t.toString()).doesNotContain(PASSWORD);
        }
        return (SnagrDataException) refusal;
    }

    private SnagrData build(String parameters) {
        return builder(parameters).build();
    }

    private PostgresSnagrData.Builder builder(String parameters) {
        return PostgresSnagrData.builder()
                .primary(
                        "jdbc:postgresql://" + door.host() + ":" + door.port() + "/" + DATABASE + parameters,
                        "owner_behind_tls",
                        PASSWORD)
                .keys(KEYS);
    }

    /** Whether each connection of the login that serves is encrypted: t, f, or both. */
    private static String encrypted() throws SQLException {
        return ask("select string_agg(distinct s.ssl::text::char(1), ',') from pg_stat_ssl s"
                + " join pg_stat_activity a using (pid) where a.usename = 'snagr_app'");
    }

    /** The events that were written for that reason. */
    private static String recorded(String reason) throws SQLException {
        String url = server.jdbcUrl(DATABASE);
        try (Connection connection = PostgresServer.connect(url, server.user(), server.password());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select string_agg(action || ', ' || object, '; ')"
                        + " from snagr.audit_events where reason = '" + reason + "'")) {
            row.next();
            return row.getString(1);
        }
    }

    private static void use(Certificates.Issued issued) throws Exception {
        String name = "server_" + issued.certificate().getSerialNumber().toString(16);
        write(name + ".crt", issued.certificatePem());
        write(name + ".key", issued.keyPem());
        run("alter system set ssl_cert_file = '" + name + ".crt'");
        run("alter system set ssl_key_file = '" + name + ".key'");
        run("alter system set ssl = on");
        reload("select current_setting('ssl') || current_setting('ssl_cert_file')", "on" + name + ".crt");
    }

    private static void withoutTls() throws SQLException {
        run("alter system set ssl = off");
        reload("select current_setting('ssl')", "off");
    }

    /** A connection is of the state in which the server was when it accepted it. */
    private static void reload(String question, String expected) throws SQLException {
        run("select pg_reload_conf()");
        Instant deadline = Instant.now().plusSeconds(60);
        while (!ask(question).equals(expected)) {
            assertThat(Instant.now()).as("the server takes its new settings").isBefore(deadline);
        }
    }

    /** A file in the server's directory, wherever that is, of the server's own user. */
    private static void write(String file, String content) throws SQLException {
        String encoded = Base64.getEncoder().encodeToString(content.getBytes(UTF_8));
        run("copy (select '" + encoded + "') to program 'umask 077; base64 -d > " + file + "'");
    }

    private static void run(String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ask(String question) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(question)) {
            row.next();
            return row.getString(1);
        }
    }
}

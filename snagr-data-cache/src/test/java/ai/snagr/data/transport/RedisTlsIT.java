package ai.snagr.data.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.cache.CacheSettings;
import ai.snagr.data.cache.CachedSnagrData;
import ai.snagr.data.cache.RedisAddress;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestRedis;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Redis behind TLS, reached by an address that is not this machine's loopback one. */
@SnagrDataTest
@Timeout(120)
class RedisTlsIT {
    @TempDir
    private Path directory;

    private final SnagrData data;
    private final TestRedis redis;
    private Certificates authority;
    private Path authorityFile;
    private String outside;

    RedisTlsIT(SnagrData data, TestRedis redis) {
        this.data = data;
        this.redis = redis;
    }

    @BeforeEach
    void makeAuthority() throws Exception {
        outside = OutsideDoor.outside().getHostAddress();
        authority = Certificates.authority("the authority");
        authorityFile = authority.write(directory.resolve("authority.pem"));
    }

    @AfterEach
    void emptyRedis() {
        redis.flush();
    }

    @Test
    void connect_theRightCertificate_isUsed() throws Exception {
        try (OutsideDoor door = behind(authority.forAddress(outside));
                CachedSnagrData cached = CachedSnagrData.wrap(data, CacheSettings.redis(trusting(door)))) {
            assertThat(cached.stats().farFailures()).isZero();
            assertThat(redis.keys())
                    .as("the key that was made over this connection")
                    .hasSize(1);
        }
    }

    @Test
    void connect_anExpiredCertificate_isRefused() throws Exception {
        try (OutsideDoor door = behind(authority.forAddress(outside, Duration.ofDays(-2), Duration.ofDays(-1)))) {
            assertThat(refusal(trusting(door))).hasMessageContaining("has expired");
        }
    }

    @Test
    void connect_aCertificateForAnotherName_isRefused() throws Exception {
        try (OutsideDoor door = behind(authority.forName("cache.example"))) {
            assertThat(refusal(trusting(door))).hasMessageContaining("for another name");
        }
    }

    @Test
    void connect_aCertificateOfAnotherAuthority_isRefused() throws Exception {
        try (OutsideDoor door =
                behind(Certificates.authority("another authority").forAddress(outside))) {
            assertThat(refusal(trusting(door))).hasMessageContaining("not signed by an authority");
        }
    }

    @Test
    void connect_anAuthorityThatTheJvmDoesNotKnow_isRefused() throws Exception {
        try (OutsideDoor door = behind(authority.forAddress(outside))) {
            assertThat(refusal(RedisAddress.of(uri("rediss", door))))
                    .hasMessageContaining("not signed by an authority");
        }
    }

    @Test
    void connect_inTheClear_isRefusedUnlessAllowed() throws Exception {
        URI local = URI.create(redis.uri());
        try (OutsideDoor door = OutsideDoor.to(local.getHost(), local.getPort())) {
            RedisAddress plain = RedisAddress.of(uri("redis", door));

            assertThat(refusal(plain)).hasMessageContaining("in the clear");
            assertThat(redis.keys()).isEmpty();
            try (CachedSnagrData cached = CachedSnagrData.wrap(
                    data, CacheSettings.redis(plain.allowPlaintext("the test of plain connections")))) {
                assertThat(cached.stats().farFailures()).isZero();
                assertThat(redis.keys()).hasSize(1);
            }
            assertThat(data.as(Actor.service(ServiceRole.AUDITOR))
                            .audit()
                            .listByActor("snagr_user", Page.first(10))
                            .items())
                    .filteredOn(event -> event.action() == AuditAction.PLAINTEXT_ALLOWED)
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.object()).isEqualTo("redis:" + outside);
                        assertThat(event.reason()).isEqualTo("the test of plain connections");
                    });
        }
    }

    private SnagrDataException refusal(RedisAddress address) {
        Throwable refusal = catchThrowable(
                () -> CachedSnagrData.wrap(data, CacheSettings.redis(address)).close());
        assertThat(refusal)
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION));
        return (SnagrDataException) refusal;
    }

    private OutsideDoor behind(Certificates.Issued issued) throws Exception {
        URI local = URI.create(redis.uri());
        return OutsideDoor.tls(issued.context(), local.getHost(), local.getPort());
    }

    private RedisAddress trusting(OutsideDoor door) {
        return RedisAddress.of(uri("rediss", door)).trusting(authorityFile);
    }

    private String uri(String scheme, OutsideDoor door) {
        return scheme + "://" + door.host() + ":" + door.port()
                + URI.create(redis.uri()).getPath();
    }
}

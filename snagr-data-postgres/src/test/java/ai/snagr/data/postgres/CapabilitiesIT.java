package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.postgres.internal.crypto.LockKey;
import ai.snagr.data.postgres.internal.crypto.LockOpener;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.user.UserId;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process starts with the keys that its capabilities need, or not at all. */
final class CapabilitiesIT {
    private static final char[] PASSWORD = "of-tests".toCharArray();

    private final TestDatabase database = TestDatabase.create();
    private final KeyProvider keys = Keys.ephemeral();
    private final Samples samples = Samples.create();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        keys.close();
        database.close();
    }

    @Test
    void build_capabilityWithoutItsKeys_isRefusedAndStoresNothing() throws SQLException {
        Path master = directory.resolve("master");
        Path withoutLock = directory.resolve("without-lock");
        Path withoutSubject = directory.resolve("without-subject");
        Keys.createKeyStore(master, PASSWORD);
        Keys.exportKeyStore(master, PASSWORD, withoutLock, PASSWORD, Set.of(KeyPurpose.SUBJECT, KeyPurpose.AUDIT));
        Keys.exportKeyStore(master, PASSWORD, withoutSubject, PASSWORD, Set.of(KeyPurpose.LOCK, KeyPurpose.AUDIT));

        try (KeyProvider part = Keys.fromKeyStore(withoutLock, PASSWORD)) {
            assertRefused(builder(part, Capability.UNLOCK), "UNLOCK", "LOCK");
            assertRefused(builder(part, Capability.WRITE_MATCHES), "no lock key", "WRITE_MATCHES");
        }
        try (KeyProvider part = Keys.fromKeyStore(withoutSubject, PASSWORD)) {
            assertRefused(builder(part, Capability.UNLOCK), "SUBJECT");
        }
        assertThat(lockKeys()).isEqualTo("0");
    }

    @Test
    void build_keysThatDoNotOpenTheLockKey_isRefused() throws SQLException {
        builder(keys, Capability.UNLOCK).build().close();
        try (KeyProvider others = Keys.ephemeral()) {
            plant(newLockKey(others, 2));
        }

        assertRefused(builder(keys, Capability.UNLOCK), "do not open version 2 of the lock key");
        builder(keys, Capability.READ).build().close();
    }

    @Test
    void build_lockKeyThatIsNotTrusted_isRefusedToThoseWhoSeal() {
        String fingerprint;
        try (PostgresSnagrData unlocker = builder(keys, Capability.UNLOCK).build()) {
            fingerprint = unlocker.lockKey().orElseThrow();
        }

        assertRefused(builder(keys, Capability.WRITE_MATCHES).lockKeys(Set.of("another")), fingerprint, "lockKeys(…)");
        builder(keys, Capability.WRITE_MATCHES)
                .lockKeys(Set.of(fingerprint, "another"))
                .build()
                .close();
        builder(keys, Capability.READ).lockKeys(Set.of("another")).build().close();
    }

    @Test
    void upsertAll_lockKeyPlantedWhileServing_isRefusedByLockKeysAlone() throws SQLException {
        try (PostgresSnagrData all = (PostgresSnagrData) database.open(keys);
                PostgresSnagrData trusting =
                        builder(keys, Capability.WRITE_MATCHES).build();
                PostgresSnagrData wary = builder(keys, Capability.WRITE_MATCHES)
                        .lockKeys(Set.of(all.lockKey().orElseThrow()))
                        .build()) {
            UserId alice = samples.registeredUser(all).id();
            JobLease lease = samples.claimedJob(all, samples.search(all.as(Actor.user(alice))));
            assertThat(write(wary, lease)).isOne();
            try (KeyProvider others = Keys.ephemeral()) {
                plant(newLockKey(others, 2));
            }

            SnagrDataException refusal = catchThrowableOfType(SnagrDataException.class, () -> write(wary, lease));

            assertThat(refusal.code()).isEqualTo(ErrorCode.CONFIGURATION);
            assertThat(refusal).hasMessageContaining("lockKeys(…)");
            assertThat(write(trusting, lease)).isOne();
        }
    }

    private long write(SnagrData data, JobLease lease) {
        return data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(lease.userId()))
                .matches()
                .upsertAll(lease, Stream.of(samples.newMatch()))
                .inserted();
    }

    private PostgresSnagrData.Builder builder(KeyProvider provider, Capability capability) {
        return PostgresSnagrData.builder()
                .primary(database.jdbcUrl(), database.user(), database.password())
                .keys(provider)
                .capabilities(Set.of(capability));
    }

    private static void assertRefused(PostgresSnagrData.Builder builder, String... parts) {
        SnagrDataException refusal = catchThrowableOfType(
                SnagrDataException.class, () -> builder.build().close());
        assertThat(refusal).isNotNull();
        assertThat(refusal.code()).isEqualTo(ErrorCode.CONFIGURATION);
        assertThat(refusal).hasMessageContainingAll(parts);
    }

    private LockKey newLockKey(KeyProvider provider, int version) throws SQLException {
        try (Sql admin = new Sql(database.adminConnection())) {
            return LockOpener.newKey(provider, UUID.fromString(admin.one("select id from snagr.deployment")), version);
        }
    }

    private void plant(LockKey lock) throws SQLException {
        try (Sql admin = new Sql(database.adminConnection())) {
            admin.run(
                    "insert into snagr.lock_keys (version, public_key, wrapped_by, wrapped) values (?, ?, ?, ?)",
                    lock.version(),
                    lock.publicKey().bytes(),
                    lock.wrapped().wrappedBy().version(),
                    lock.wrapped().bytes());
        }
    }

    private String lockKeys() throws SQLException {
        try (Sql admin = new Sql(database.adminConnection())) {
            return admin.one("select count(*) from snagr.lock_keys");
        }
    }
}

package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditEvent;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.user.EmailAddress;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database of the time before the trail could be sealed is taken along with what is in it. */
final class AuditUpgradeIT {
    private static final UUID USER = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");
    private static final UUID EVENT = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8058");

    @TempDir
    private Path directory;

    @Test
    void open_databaseThatEndsWithV002_keepsItsEventsAndSealsThem() throws Exception {
        try (TestDatabase database = TestDatabase.createEmpty();
                KeyProvider keys = Keys.ephemeral()) {
            OldSchema.migrate(database, directory, "V001__roles.sql", "V002__tables.sql");
            try (Sql admin = new Sql(database.adminConnection())) {
                admin.run(
                        "insert into snagr.users (id, email, email_key) values (?, 'old@a.example', 'old@a.example')",
                        USER);
                admin.run(
                        "insert into snagr.audit_events (id, created_at, actor, role, action, object)"
                                + " values (?, now() - interval '2 hours', ?, 'snagr_user', 'reveal', 'matches:1')",
                        EVENT,
                        USER.toString());
            }

            try (PostgresSnagrData data = (PostgresSnagrData) database.open(keys)) {
                AuditSigner signer = AuditSigner.create(directory.resolve("key"), "audit.example");
                Path received = directory.resolve("checkpoints");
                AuditSealer sealer = data.auditSealer(signer, CheckpointSink.file(received));
                long sealed = sealer.seal();
                StringWriter export = new StringWriter();
                sealer.export(export);
                List<AuditEvent> events = data.as(Actor.service(ServiceRole.AUDITOR))
                        .audit()
                        .listByActor(USER.toString(), Page.first(10))
                        .items();

                assertThat(events).singleElement().satisfies(event -> {
                    assertThat(event.id().value()).isEqualTo(EVENT);
                    assertThat(event.action()).isEqualTo(AuditAction.REVEAL);
                    assertThat(event.object()).isEqualTo("matches:1");
                });
                assertThat(data.as(Actor.service(ServiceRole.AUTH)).users().findLogin(EmailAddress.of("old@a.example")))
                        .isPresent();
                assertThat(sealed).isGreaterThan(2);
                assertThat(export.toString()).contains("\"leaf\":", EVENT.toString());
                assertThat(AuditVerifier.verify(
                                new StringReader(export.toString()),
                                Files.readString(received),
                                List.of(signer.verifierKey())))
                        .isEmpty();
                assertThat(AuditVerifier.verify(
                                new StringReader(export.toString().replace("matches:1", "matches:2")),
                                Files.readString(received),
                                List.of(signer.verifierKey())))
                        .singleElement()
                        .asString()
                        .startsWith("EDITED event " + EVENT);
            }
        }
    }
}

package ai.snagr.data.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditEventId;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.internal.TestAdmins;
import ai.snagr.data.user.UserId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the owner of the database or a superuser does to the sealed trail is found in an export, and where it is. */
final class AuditAttacksIT {
    private static final String OFF = "alter table snagr.audit_events disable trigger all;";

    private final KeyProvider keys = Keys.ephemeral();
    private TestDatabase database;
    private PostgresSnagrData data;
    private AuditSigner signer;
    private Path received;
    private AuditSealer sealer;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() {
        database = TestDatabase.create();
        data = store();
        signer = AuditSigner.create(directory.resolve("key"), "audit.example");
        received = directory.resolve("checkpoints");
        sealer = data.auditSealer(signer, CheckpointSink.file(received));
    }

    @AfterEach
    void close() {
        data.close();
        database.close();
        keys.close();
    }

    private PostgresSnagrData store() {
        return PostgresSnagrData.builder()
                .primary(database.jdbcUrl(), database.user(), database.password())
                .keys(keys)
                .admins(TestAdmins::verify)
                .build();
    }

    @Test
    void verify_honestTrail_findsNothing() throws Exception {
        events(7);
        assertThat(sealer.oldestUnsealed()).isPresent();
        assertThat(sealer.seal()).isGreaterThanOrEqualTo(7);
        assertThat(sealer.oldestUnsealed()).isEmpty();
        events(3);
        assertThat(sealer.seal()).isEqualTo(3);
        assertThat(sealer.seal()).isZero();
        events(2);

        assertThat(findings(export())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            update snagr.audit_events set reason = 'another' where id = '%s'             | EDITED event %s
            update snagr.audit_events set created_at = created_at - interval '2 s' where id = '%s' | EDITED event %s
            update snagr.audit_events set outcome = 'refused' where id = '%s'            | EDITED event %s
            delete from snagr.audit_events where id = '%s'                               | DELETED event %s
            """)
    void verify_sealedEventChangedByTheSuperuser_namesIt(String attack, String finding) throws Exception {
        events(9);
        long sealed = sealer.seal();
        assertThat(sealed).isPositive();
        String victim = one("select event_id from snagr.audit_leaves where leaf_index = 4");
        assertThatThrownBy(() -> sql(attack.formatted(victim))).hasMessageContaining("cannot be changed");

        sql(OFF + attack.formatted(victim));

        assertThat(findings(export())).containsExactly(finding.formatted(victim) + ", leaf 4");
    }

    @Test
    void verify_backDatedInsert_namesIt() throws Exception {
        events(3);
        assertThat(sealer.seal()).isPositive();
        String forged = UUID.randomUUID().toString();

        sql("insert into snagr.audit_events (id, created_at, xid, actor, role, action) select '" + forged
                + "', created_at, xid, actor, role, action from snagr.audit_events limit 1");
        events(1);
        assertThat(sealer.seal()).isEqualTo(1);

        assertThat(findings(export())).hasSize(1).first().asString().startsWith("BACKDATED event " + forged);
    }

    @Test
    void verify_twoLeavesExchanged_namesTheirPart() throws Exception {
        events(4);
        long first = sealer.seal();
        events(5);
        long second = sealer.seal();

        sql("alter table snagr.audit_leaves disable trigger all;"
                + "update snagr.audit_leaves set leaf_index = 1000000 where leaf_index = " + first
                + ";update snagr.audit_leaves set leaf_index = " + first + " where leaf_index = " + (first + 1)
                + ";update snagr.audit_leaves set leaf_index = " + (first + 1) + " where leaf_index = 1000000");

        assertThat(findings(export()))
                .containsExactly("REORDERED among leaves " + first + " to " + (first + second - 1));
    }

    @Test
    void verify_eventAndLeafRewrittenTogether_namesTheirPart() throws Exception {
        events(4);
        long first = sealer.seal();
        events(4);
        long second = sealer.seal();

        sql(OFF + "alter table snagr.audit_leaves disable trigger all;"
                + "update snagr.audit_events set reason = 'x' where id = (select event_id from snagr.audit_leaves"
                + " where leaf_index = " + first + ");update snagr.audit_leaves l set leaf_hash ="
                + " sha256('\\x00'::bytea || snagr.audit_entry(e)) from snagr.audit_events e where e.id = l.event_id");

        assertThat(findings(export()))
                .containsExactly("CHANGED_LEAVES among leaves " + first + " to " + (first + second - 1));
    }

    @Test
    void verify_endOfTheTrailCutOff_saysHowMuch() throws Exception {
        events(4);
        long first = sealer.seal();
        events(4);
        long second = sealer.seal();

        sql(OFF + "alter table snagr.audit_leaves disable trigger all;"
                + "alter table snagr.audit_checkpoints disable trigger all;"
                + "delete from snagr.audit_events e using snagr.audit_leaves l where l.event_id = e.id and l.leaf_index >= "
                + first + ";delete from snagr.audit_leaves where leaf_index >= " + first
                + ";delete from snagr.audit_checkpoints where tree_size > " + first);

        assertThat(findings(export()))
                .containsExactly(
                        "OLDER_SNAPSHOT the export ends at " + first + " events, and a checkpoint of "
                                + (first + second) + " was received",
                        "TRUNCATED the export has " + first + " leaves, a checkpoint " + (first + second));
        assertThatThrownBy(sealer::seal)
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.WRONG_STATE));
    }

    @Test
    void verify_eventsTruncatedByTheOwner_namesEachLeaf() throws Exception {
        events(3);
        long size = sealer.seal();
        String first = one("select event_id from snagr.audit_leaves where leaf_index = 0");
        String last = one("select event_id from snagr.audit_leaves order by leaf_index desc limit 1");
        assertThatThrownBy(() -> sql("truncate snagr.audit_events")).hasMessageContaining("cannot be changed");

        sql(OFF + "truncate snagr.audit_events");

        assertThat(findings(export()))
                .hasSize(Math.toIntExact(size))
                .allSatisfy(finding -> assertThat(finding).startsWith("DELETED event "))
                .contains("DELETED event " + first + ", leaf 0", "DELETED event " + last + ", leaf " + (size - 1));
    }

    @Test
    void verify_everythingTruncatedByTheOwner_saysHowMuch() throws Exception {
        events(3);
        long size = sealer.seal();

        sql(OFF + "alter table snagr.audit_leaves disable trigger all;"
                + "alter table snagr.audit_checkpoints disable trigger all;"
                + "truncate snagr.audit_events, snagr.audit_leaves, snagr.audit_checkpoints");

        assertThat(findings(export()))
                .containsExactly(
                        "OLDER_SNAPSHOT the export ends at 0 events, and a checkpoint of " + size + " was received",
                        "TRUNCATED the export has 0 leaves, a checkpoint " + size);
    }

    @Test
    void verify_tableReplacedByAnAlteredCopy_namesWhatDiffers() throws Exception {
        events(6);
        assertThat(sealer.seal()).isPositive();
        String edited = one("select event_id from snagr.audit_leaves where leaf_index = 2");
        String deleted = one("select event_id from snagr.audit_leaves where leaf_index = 4");
        String forged = UUID.randomUUID().toString();

        // As the owner would: a copy without the triggers, under the name and with the policies of the first.
        sql("create table snagr.copy (like snagr.audit_events including all);"
                + "insert into snagr.copy select * from snagr.audit_events where id <> '" + deleted + "';"
                + "update snagr.copy set reason = 'another' where id = '" + edited + "';"
                + "insert into snagr.copy (id, created_at, xid, actor, role, action)"
                + " select '" + forged + "', created_at, xid, actor, role, action from snagr.copy limit 1;"
                + "alter table snagr.audit_events rename to audit_events_before;"
                + "alter table snagr.copy rename to audit_events;"
                + "grant select, insert on snagr.audit_events to snagr_auditor");

        assertThat(findings(export()))
                .hasSize(3)
                .startsWith("EDITED event " + edited + ", leaf 2", "DELETED event " + deleted + ", leaf 4")
                .last()
                .asString()
                .startsWith("BACKDATED event " + forged);
    }

    @Test
    void verify_leafTakenOut_namesThePlace() throws Exception {
        events(5);
        long size = sealer.seal();

        sql("alter table snagr.audit_leaves disable trigger all; delete from snagr.audit_leaves where leaf_index = 3");

        assertThat(findings(export()))
                .contains("MISSING_LEAF 3", "TRUNCATED the export has 3 leaves, a checkpoint " + size);
    }

    @Test
    void verify_lineTwice_namesIt() throws Exception {
        events(3);
        assertThat(sealer.seal()).isPositive();
        String export = export();
        String line = export.lines()
                .filter(text -> text.contains("\"leaf\":1,"))
                .findFirst()
                .orElseThrow();
        String id = one("select event_id from snagr.audit_leaves where leaf_index = 1");

        assertThat(findings(export.replace(line, line + "\n" + line)))
                .contains("DUPLICATE event " + id, "DUPLICATE leaf 1");
    }

    @Test
    void verify_olderExport_isToldByTheReceivedCheckpoint() throws Exception {
        events(2);
        long first = sealer.seal();
        String older = export();
        events(2);
        long second = sealer.seal();

        assertThat(findings(older))
                .contains("OLDER_SNAPSHOT the export ends at " + first + " events, and a checkpoint of "
                        + (first + second) + " was received");
    }

    @Test
    void verify_tableOfAnotherInstallation_isAnotherTree() throws Exception {
        events(2);
        assertThat(sealer.seal()).isPositive();
        try (TestDatabase other = TestDatabase.create()) {
            try (Connection connection = other.adminConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("update snagr.deployment set id = gen_random_uuid()");
            }
            assertThat(findings(exportOf(other)))
                    .anySatisfy(finding -> assertThat(finding).startsWith("OTHER_TREE"));
        }
    }

    private String exportOf(TestDatabase other) throws IOException {
        try (PostgresSnagrData elsewhere = PostgresSnagrData.builder()
                .primary(other.jdbcUrl(), other.user(), other.password())
                .keys(keys)
                .build()) {
            StringWriter export = new StringWriter();
            elsewhere
                    .auditSealer(signer, CheckpointSink.file(directory.resolve("other")))
                    .export(export);
            return export.toString();
        }
    }

    @Test
    void verify_treeBuiltAnewWithTheSameKey_isForked() throws Exception {
        events(5);
        long size = sealer.seal();

        sql(
                OFF + "alter table snagr.audit_leaves disable trigger all;"
                        + "alter table snagr.audit_checkpoints disable trigger all;"
                        + "delete from snagr.audit_leaves; delete from snagr.audit_checkpoints;"
                        + "update snagr.audit_events set reason = 'forged' where id = (select id from snagr.audit_events limit 1)");
        assertThat(data.auditSealer(signer, CheckpointSink.file(directory.resolve("fork")))
                        .seal())
                .isEqualTo(size);

        assertThat(findings(export()))
                .containsExactly(
                        "FORKED at " + size + " events: two signed roots",
                        "CHANGED_LEAVES among leaves 0 to " + (size - 1));
    }

    @Test
    void verify_checkpointOfAnUnknownKeyOrBehindANewerOne_isNamed() throws Exception {
        events(2);
        assertThat(sealer.seal()).isPositive();
        AuditSigner newer = AuditSigner.create(directory.resolve("newer"), "audit.example");
        events(2);
        assertThat(data.auditSealer(newer, CheckpointSink.file(received)).seal())
                .isPositive();
        events(2);
        assertThat(sealer.seal()).isPositive();

        assertThat(AuditVerifier.verify(
                        new StringReader(export()), Files.readString(received), List.of(newer.verifierKey())))
                .contains(
                        "UNKNOWN_KEY signed the received checkpoint 1", "UNKNOWN_KEY signed the received checkpoint 3");
        assertThat(AuditVerifier.verify(
                        new StringReader(export()),
                        Files.readString(received),
                        List.of(signer.verifierKey(), newer.verifierKey())))
                .containsExactly(
                        "OLD_KEY signed the received checkpoint 3, behind one of a newer key",
                        "OLD_KEY signed the exported checkpoint 3, behind one of a newer key");
    }

    @Test
    void verify_checkpointAltered_hasAWrongSignature() throws Exception {
        events(2);
        long size = sealer.seal();
        String altered = Files.readString(received).replaceFirst("\n" + size + "\n", "\n" + (size - 1) + "\n");

        assertThat(AuditVerifier.verify(new StringReader(export()), altered, List.of(signer.verifierKey())))
                .contains("WRONG_SIGNATURE on the received checkpoint 1");
    }

    @Test
    void verify_clockOfTheDatabaseSetBack_isNamed() throws Exception {
        events(2);
        assertThat(sealer.seal()).isPositive();
        String late = UUID.randomUUID().toString();
        sql("insert into snagr.audit_events (id, created_at, actor, role, action) values ('" + late
                + "', now() - interval '3 hours', 'x', 'x', 'reveal')");
        assertThat(sealer.seal()).isEqualTo(1);

        assertThat(findings(export())).hasSize(1).first().asString().startsWith("CLOCK of event " + late);
    }

    @Test
    void verify_clockOfTheDatabaseSetForward_isNamed() throws Exception {
        events(2);
        long first = sealer.seal();
        String early = UUID.randomUUID().toString();
        sql("insert into snagr.audit_events (id, created_at, actor, role, action) values ('" + early
                + "', now() + interval '3 hours', 'x', 'x', 'reveal')");
        assertThat(sealer.seal()).isEqualTo(1);

        assertThat(findings(export()))
                .containsExactly("CLOCK of event " + early + ", leaf " + first
                        + ", is more than an hour off the time at which it was sealed");
    }

    @Test
    void verify_partialExport_isTold() throws Exception {
        events(3);
        long size = sealer.seal();
        List<String> lines = export().lines().toList();
        int lastLeaf = lines.size() - 3; // behind it stand the event of the export, and the end
        List<String> withoutOne = new ArrayList<>(lines);
        String event = one("select event_id from snagr.audit_leaves order by leaf_index desc limit 1");
        assertThat(withoutOne.remove(lastLeaf)).contains(event);

        assertThat(findings(String.join("\n", lines.subList(0, lastLeaf))))
                .containsExactly(
                        partial(lastLeaf), "TRUNCATED the export has " + (size - 1) + " leaves, a checkpoint " + size);
        assertThat(findings(String.join("\n", withoutOne)))
                .containsExactly(
                        partial(lines.size() - 1),
                        "TRUNCATED the export has " + (size - 1) + " leaves, a checkpoint " + size);
        assertThat(findings(String.join("\n", lines.subList(0, lines.size() - 2))))
                .as("only what was not sealed yet is missing")
                .containsExactly(partial(lines.size() - 2));
    }

    private static String partial(int lines) {
        return "PARTIAL_EXPORT " + lines + " lines, and the end is missing or names another number";
    }

    @Test
    void run_ofTheMain_hasTheExitCodeOfWhatItFound() throws Exception {
        events(2);
        assertThat(sealer.seal()).isPositive();
        Path export = directory.resolve("export");
        String text = export();
        Files.writeString(export, text);
        List<String> arguments = List.of(export.toString(), received.toString(), signer.verifierKey());
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

        assertThat(AuditVerifier.run(arguments, out)).isZero();
        Files.writeString(export, text.replace("\"reason\":\"ticket 7\"", "\"reason\":\"ticket 8\""));
        assertThat(AuditVerifier.run(arguments, out)).isEqualTo(1);
        assertThat(AuditVerifier.run(List.of(), out)).isEqualTo(2);
        assertThat(AuditVerifier.run(List.of("/nowhere", "/nowhere", signer.verifierKey()), out))
                .isEqualTo(2);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("EDITED event")
                .doesNotContain("operator", "ticket");
    }

    @Test
    void prove_sealedEvent_isShownWithoutTheOthers() throws Exception {
        events(9);
        assertThat(sealer.seal()).isPositive();
        events(4);
        assertThat(sealer.seal()).isPositive();
        String id = one("select id from snagr.audit_events where actor = 'operator' order by id limit 1");
        List<String> keys = List.of(signer.verifierKey());
        AuditSigner other = AuditSigner.create(directory.resolve("other key"), "audit.example");

        String proof = prove(id, export());

        assertThat(proof).contains(id).hasSizeLessThan(2_048);
        assertThat(AuditVerifier.verifyProof(proof, keys)).isEmpty();
        assertThat(AuditVerifier.verifyProof(proof.replace("ticket 7", "ticket 8"), keys))
                .singleElement()
                .asString()
                .startsWith("NOT_INCLUDED event " + id);
        assertThat(AuditVerifier.verifyProof(proof.replace("\nindex ", "\nindex 1"), keys))
                .singleElement()
                .asString()
                .startsWith("NOT_INCLUDED");
        assertThat(AuditVerifier.verifyProof(proof.replace("\nwatermark ", "\nwatermark 1"), keys))
                .containsExactly("WRONG_SIGNATURE on the checkpoint");
        assertThat(AuditVerifier.verifyProof(proof, List.of(other.verifierKey())))
                .containsExactly("UNKNOWN_KEY signed the checkpoint");
        assertThat(AuditVerifier.verifyProof("", keys)).hasSize(1);
        assertThat(AuditVerifier.verifyProof(proof.substring(1), keys)).hasSize(1);
    }

    @Test
    void prove_eventThatIsNotSealedOrNotAsItWas_isRefused() throws Exception {
        events(3);
        assertThat(sealer.seal()).isPositive();
        String sealed = one("select id from snagr.audit_events where actor = 'operator' order by id limit 1");
        events(1);
        String open = one("select id from snagr.audit_events where actor = 'operator' order by id desc limit 1");
        String export = export();

        assertThatThrownBy(() -> prove(open, export)).hasMessageContaining("not sealed yet");
        assertThatThrownBy(() -> prove(UUID.randomUUID().toString(), export)).hasMessageContaining("has no event");
        assertThatThrownBy(() -> prove(sealed, export.replace("ticket 7", "ticket 8")))
                .hasMessageContaining("is not what was sealed");
    }

    @Test
    void main_proofOfAnEvent_isMadeAndChecked() throws Exception {
        events(3);
        assertThat(sealer.seal()).isPositive();
        String id = one("select id from snagr.audit_events where actor = 'operator' order by id limit 1");
        Path export = Files.writeString(directory.resolve("export.jsonl"), export());
        Path proof = directory.resolve("proof");

        try (PrintStream out = new PrintStream(proof.toFile(), StandardCharsets.UTF_8)) {
            assertThat(AuditVerifier.run(
                            List.of("--prove", id, export.toString(), received.toString(), signer.verifierKey()), out))
                    .isZero();
        }

        List<String> check = List.of("--proof", proof.toString(), signer.verifierKey());
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        assertThat(AuditVerifier.run(check, nowhere)).isZero();
        Files.writeString(proof, Files.readString(proof).replace("ticket 7", "ticket 8"));
        assertThat(AuditVerifier.run(check, nowhere)).isEqualTo(1);
        assertThat(AuditVerifier.run(List.of("--proof"), nowhere)).isEqualTo(2);
        assertThat(AuditVerifier.run(
                        List.of("--prove", "x", export.toString(), received.toString(), signer.verifierKey()), nowhere))
                .isEqualTo(2);
    }

    private String prove(String id, String export) throws IOException {
        return AuditVerifier.prove(
                new AuditEventId(UUID.fromString(id)),
                new StringReader(export),
                Files.readString(received),
                List.of(signer.verifierKey()));
    }

    @Test
    void seal_crashBetweenCommitAndExport_deliversTheNoteNextTime() throws Exception {
        events(2);
        CheckpointSink full = new CheckpointSink() {
            @Override
            public Optional<String> last() {
                return Optional.empty();
            }

            @Override
            public void append(String note) {
                throw new IllegalStateException("the disk is full");
            }
        };
        assertThatThrownBy(() -> data.auditSealer(signer, full).seal()).hasMessageContaining("disk is full");

        assertThat(sealer.seal()).isZero();

        assertThat(findings(export())).isEmpty();
        Files.writeString(received, Files.readString(received) + "half a no");
        events(1);
        assertThat(sealer.seal()).isEqualTo(2); // the event of the export, too
        assertThat(findings(export())).isEmpty();
    }

    @Test
    void seal_while16WriteAndSomeRollBack_takesEachCommittedEventOnce() throws Exception {
        int writers = 16;
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        CountDownLatch start = new CountDownLatch(1);
        try (Connection slow = database.adminConnection()) {
            slow.setAutoCommit(false);
            insert(slow);
            List<Future<Void>> done = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                int number = i;
                done.add(threads.submit(() -> {
                    start.await();
                    try (Connection connection = database.adminConnection()) {
                        connection.setAutoCommit(false);
                        for (int n = 0; n < 30; n++) {
                            insert(connection);
                            if ((n + number) % 3 == 0) {
                                connection.rollback();
                            } else {
                                connection.commit();
                            }
                        }
                    }
                    return null;
                }));
            }
            start.countDown();
            long behind = 0;
            for (Future<Void> writer : done) {
                behind += sealer.seal();
                writer.get();
            }
            behind += sealer.seal();
            assertThat(one("select count(*) from snagr.audit_leaves")).isEqualTo(Long.toString(behind));
            assertThat(sealer.oldestUnsealed())
                    .as("nothing is sealed past a transaction that runs")
                    .isPresent();
            slow.commit();
        } finally {
            threads.shutdownNow();
        }

        assertThat(sealer.seal()).isPositive();

        assertThat(sealer.oldestUnsealed()).isEmpty();
        assertThat(one(
                        "select count(*) filter (where l.event_id is null) || ' ' || count(*) filter (where e.id is null)"
                                + " from snagr.audit_events e full join snagr.audit_leaves l on l.event_id = e.id"))
                .isEqualTo("0 0");
        assertThat(findings(export())).isEmpty();
    }

    private static void insert(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "insert into snagr.audit_events (id, actor, role, action) values (gen_random_uuid(), 'w', 'w',"
                            + " 'reveal')");
        }
    }

    private void events(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(data.as(Actor.admin("operator", "ticket 7", TestAdmins.PROOF))
                            .users()
                            .find(new UserId(UUID.randomUUID())))
                    .isEmpty();
        }
    }

    private String export() throws IOException {
        StringWriter out = new StringWriter();
        sealer.export(out);
        return out.toString();
    }

    private List<String> findings(String export) throws IOException {
        return AuditVerifier.verify(
                new StringReader(export), Files.readString(received), List.of(signer.verifierKey()));
    }

    private void sql(String statements) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(statements);
        }
    }

    private String one(String query) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }
}

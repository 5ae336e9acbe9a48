package ai.snagr.data.postgres;

import ai.snagr.data.audit.AuditEventId;
import ai.snagr.data.postgres.internal.audit.InclusionProof;
import ai.snagr.data.postgres.internal.audit.SignedNote;
import ai.snagr.data.postgres.internal.audit.TrailCheck;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Checks an export of the audit trail against the signed checkpoints, without a database, and says where it was changed.
 *
 * <pre>java … ai.snagr.data.postgres.AuditVerifier EXPORT CHECKPOINTS KEY…</pre>
 *
 * Or shows of one event that it was sealed, to somebody who is not to have the others: who has the export makes a proof, and
 * who has the proof checks it.
 *
 * <pre>
 * java … ai.snagr.data.postgres.AuditVerifier --prove EVENT EXPORT CHECKPOINTS KEY… &gt; PROOF
 * java … ai.snagr.data.postgres.AuditVerifier --proof PROOF KEY…
 * </pre>
 *
 * Each key is one of {@link AuditSigner#verifierKey}, oldest first. Exit code 0: nothing found. 1: a line for each finding.
 * 2: the arguments or files are not what they should be. The lines name leaves, ids and sizes, and no person; but a proof
 * holds its event.
 */
public final class AuditVerifier {
    private static final String PROVE = "--prove";
    private static final String PROOF = "--proof";

    private AuditVerifier() {}

    /** Runs the check and ends the process with its exit code. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.exit(run(List.of(arguments), out));
    }

    static int run(List<String> arguments, PrintStream out) {
        String command = arguments.isEmpty() ? "" : arguments.get(0);
        try {
            if (command.equals(PROVE) && arguments.size() > 4) {
                return prove(arguments, out);
            }
            if (command.equals(PROOF) && arguments.size() > 2) {
                String proof = Files.readString(Path.of(arguments.get(1)));
                return tell(verifyProof(proof, from(2, arguments)), "the event was sealed", out);
            }
            if (!command.startsWith("--") && arguments.size() > 2) {
                return verify(arguments, out);
            }
        } catch (IOException | IllegalArgumentException unfit) {
            out.println("not verified: " + unfit.getMessage());
            return 2;
        }
        out.println("usage: AuditVerifier EXPORT CHECKPOINTS KEY...");
        out.println("       AuditVerifier --prove EVENT EXPORT CHECKPOINTS KEY...");
        out.println("       AuditVerifier --proof PROOF KEY...");
        return 2;
    }

    private static int verify(List<String> arguments, PrintStream out) throws IOException {
        try (BufferedReader export = Files.newBufferedReader(Path.of(arguments.get(0)))) {
            String checkpoints = Files.readString(Path.of(arguments.get(1)));
            return tell(verify(export, checkpoints, from(2, arguments)), "the trail is as it was sealed", out);
        }
    }

    private static int prove(List<String> arguments, PrintStream out) throws IOException {
        AuditEventId event = new AuditEventId(UUID.fromString(arguments.get(1)));
        try (BufferedReader export = Files.newBufferedReader(Path.of(arguments.get(2)))) {
            out.print(prove(event, export, Files.readString(Path.of(arguments.get(3))), from(4, arguments)));
            return 0;
        }
    }

    private static List<String> from(int first, List<String> arguments) {
        return arguments.subList(first, arguments.size());
    }

    private static int tell(List<String> findings, String none, PrintStream out) {
        findings.forEach(out::println);
        out.println(findings.isEmpty() ? none : findings.size() + " findings");
        return findings.isEmpty() ? 0 : 1;
    }

    /**
     * What was found, each as a word for its kind and where it is; empty for an honest trail.
     *
     * @param checkpoints what the sink received, note after note
     * @param keys verifier's keys, oldest first
     * @throws IllegalArgumentException if a key is none, or there is no checkpoint to check against
     */
    public static List<String> verify(Reader export, String checkpoints, List<String> keys) throws IOException {
        return TrailCheck.run(export, checkpoints, known(keys));
    }

    /**
     * The proof that this event was sealed: the event, its place in the tree, and a signed checkpoint. It says nothing of
     * the other events, and grows with the logarithm of their number.
     *
     * @param checkpoints what the sink received, note after note
     * @param keys verifier's keys, oldest first
     * @throws IllegalArgumentException if a key is none, or if the event is not in the export, not sealed yet or not as it
     *     was sealed
     */
    public static String prove(AuditEventId event, Reader export, String checkpoints, List<String> keys)
            throws IOException {
        return InclusionProof.make(export, checkpoints, known(keys), event.value());
    }

    /**
     * What is wrong with a proof, as a word for its kind and where it is; empty if its event was sealed as it stands there.
     *
     * @param keys verifier's keys, oldest first
     * @throws IllegalArgumentException if a key is none
     */
    public static List<String> verifyProof(String proof, List<String> keys) {
        return InclusionProof.check(proof, known(keys));
    }

    private static List<SignedNote.VerifierKey> known(List<String> keys) {
        List<SignedNote.VerifierKey> known = new ArrayList<>();
        for (String key : keys) {
            known.add(SignedNote.parseVerifierKey(key)
                    .orElseThrow(() -> new IllegalArgumentException("a key is not of the form name+hash+key")));
        }
        return known;
    }
}

package ai.snagr.data.postgres;

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

/**
 * Checks an export of the audit trail against the signed checkpoints, without a database, and says where it was changed.
 *
 * <pre>java … ai.snagr.data.postgres.AuditVerifier EXPORT CHECKPOINTS KEY…</pre>
 *
 * Each key is one of {@link AuditSigner#verifierKey}, oldest first. Exit code 0: nothing found. 1: a line for each finding.
 * 2: the arguments or files are not what they should be. The lines name leaves, ids and sizes, and no person.
 */
public final class AuditVerifier {
    private AuditVerifier() {}

    /** Runs the check and ends the process with its exit code. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.exit(run(List.of(arguments), out));
    }

    static int run(List<String> arguments, PrintStream out) {
        if (arguments.size() < 3) {
            out.println("usage: AuditVerifier EXPORT CHECKPOINTS KEY...");
            return 2;
        }
        List<String> keys = arguments.subList(2, arguments.size());
        try (BufferedReader export = Files.newBufferedReader(Path.of(arguments.get(0)))) {
            List<String> findings = verify(export, Files.readString(Path.of(arguments.get(1))), keys);
            findings.forEach(out::println);
            out.println(findings.isEmpty() ? "the trail is as it was sealed" : findings.size() + " findings");
            return findings.isEmpty() ? 0 : 1;
        } catch (IOException | IllegalArgumentException unfit) {
            out.println("not verified: " + unfit.getMessage());
            return 2;
        }
    }

    /**
     * What was found, each as a word for its kind and where it is; empty for an honest trail.
     *
     * @param checkpoints what the sink received, note after note
     * @param keys verifier's keys, oldest first
     * @throws IllegalArgumentException if a key is none, or there is no checkpoint to check against
     */
    public static List<String> verify(Reader export, String checkpoints, List<String> keys) throws IOException {
        List<SignedNote.VerifierKey> known = new ArrayList<>();
        for (String key : keys) {
            known.add(SignedNote.parseVerifierKey(key)
                    .orElseThrow(() -> new IllegalArgumentException("a key is not of the form name+hash+key")));
        }
        return TrailCheck.run(export, checkpoints, known);
    }
}

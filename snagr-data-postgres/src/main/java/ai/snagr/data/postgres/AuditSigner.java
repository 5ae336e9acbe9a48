package ai.snagr.data.postgres;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.audit.SigningKey;
import java.nio.file.Path;

/**
 * The key that signs the checkpoints of the audit trail: Ed25519, in a file and never in the database. Who holds the
 * database and not this file cannot make a trail that passes.
 */
public final class AuditSigner {
    private final SigningKey key;

    private AuditSigner(SigningKey key) {
        this.key = key;
    }

    /**
     * Makes a key file, readable by its owner only, in the form {@code PRIVATE+KEY+name+hash+key} of C2SP's signed notes.
     *
     * @param name whose signature it is, such as {@code audit.snagr.example}; letters, digits and {@code . _ / -}
     * @throws SnagrDataException INVALID_INPUT if the name has another form; CONFIGURATION if there is a file at that path
     *     already, or it cannot be written
     */
    public static AuditSigner create(Path file, String name) {
        return new AuditSigner(SigningKey.create(file, name));
    }

    /**
     * The key of such a file.
     *
     * @throws SnagrDataException CONFIGURATION if there is none, or others may read it
     */
    public static AuditSigner read(Path file) {
        return new AuditSigner(SigningKey.read(file));
    }

    /** What {@link AuditVerifier} needs to know of it, in the form {@code name+hash+key}: nothing secret. */
    public String verifierKey() {
        return key.verifierKey();
    }

    SigningKey key() {
        return key;
    }

    @Override
    public String toString() {
        return "AuditSigner[" + verifierKey() + "]";
    }
}

package ai.snagr.data.postgres.internal.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/** C2SP's signed-note with Ed25519: a text, an empty line, and a line of the signature that names its key. */
public final class SignedNote {
    private static final byte ED25519 = 1;
    private static final String DASH = "\u2014 ";
    private static final int SEED = 32;

    private SignedNote() {}

    static String sign(String text, String name, byte[] seed) {
        Ed25519PrivateKeyParameters secret = new Ed25519PrivateKeyParameters(seed);
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, secret);
        byte[] message = text.getBytes(StandardCharsets.UTF_8);
        signer.update(message, 0, message.length);
        byte[] signature = signer.generateSignature();
        byte[] line = ByteBuffer.allocate(4 + signature.length)
                .put(keyHash(name, secret.generatePublicKey().getEncoded()))
                .put(signature)
                .array();
        return text + '\n' + DASH + name + ' ' + Base64.getEncoder().encodeToString(line) + '\n';
    }

    /** The verifier's form of the key: {@code name+hash+key}. */
    static String verifierKey(String name, byte[] seed) {
        byte[] key = new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
        return name + '+' + HexFormat.of().formatHex(keyHash(name, key)) + '+' + encoded(key);
    }

    /** The signer's form of the key: {@code PRIVATE+KEY+name+hash+key}. */
    static String signerKey(String name, byte[] seed) {
        byte[] key = new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
        return "PRIVATE+KEY+" + name + '+' + HexFormat.of().formatHex(keyHash(name, key)) + '+' + encoded(seed);
    }

    private static String encoded(byte[] key) {
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(1 + key.length)
                        .put(ED25519)
                        .put(key)
                        .array());
    }

    private static byte[] keyHash(String name, byte[] key) {
        byte[] head = (name + '\n').getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(head.length + 1 + key.length);
        return Arrays.copyOf(
                MerkleTree.sha256().digest(all.put(head).put(ED25519).put(key).array()), 4);
    }

    /** The seed of a signer's key, which the caller overwrites; empty if the text is none. */
    static Optional<SignerKey> parseSignerKey(String text) {
        String[] parts = text.strip().split("\\+", 5);
        if (parts.length != 5 || !parts[0].equals("PRIVATE") || !parts[1].equals("KEY")) {
            return Optional.empty();
        }
        return bytes(parts[4])
                .filter(key -> key.length == SEED + 1 && key[0] == ED25519)
                .map(key -> new SignerKey(parts[2], Arrays.copyOfRange(key, 1, key.length)))
                .filter(key -> signerKey(key.name, key.seed).equals(text.strip()));
    }

    /** A key that can tell a signature; empty if the text is none. */
    public static Optional<VerifierKey> parseVerifierKey(String text) {
        String[] parts = text.strip().split("\\+", 3);
        if (parts.length != 3) {
            return Optional.empty();
        }
        return bytes(parts[2])
                .filter(key -> key.length == SEED + 1 && key[0] == ED25519)
                .map(key -> new VerifierKey(parts[0], Arrays.copyOfRange(key, 1, key.length)))
                .filter(key ->
                        HexFormat.of().formatHex(keyHash(key.name, key.key)).equals(parts[1]));
    }

    private static Optional<byte[]> bytes(String base64) {
        try {
            return Optional.of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    /** The notes of a file in which they stand one after the other. */
    static List<String> split(String file) {
        List<String> notes = new ArrayList<>();
        int from = 0;
        while (from < file.length()) {
            int signature = file.indexOf("\n\n" + DASH, from);
            int end = signature < 0 ? -1 : file.indexOf('\n', signature + 2);
            if (end < 0) {
                notes.add(file.substring(from));
                return notes;
            }
            notes.add(file.substring(from, end + 1));
            from = end + 1;
        }
        return notes;
    }

    /** The checkpoint in a note, whoever signed it; empty if there is none. */
    static Optional<Checkpoint> unverified(String note) {
        int end = note.indexOf("\n\n" + DASH);
        return end < 0 ? Optional.empty() : Checkpoint.parse(note.substring(0, end + 1));
    }

    /** A name and the 32 bytes of a private key. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record SignerKey(String name, byte[] seed) {}

    /** A name and the 32 bytes of a public key. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record VerifierKey(String name, byte[] key) {
        Signature check(String note) {
            int end = note.indexOf("\n\n" + DASH);
            String[] line =
                    end < 0 ? new String[0] : note.substring(end + 4).strip().split(" ", -1);
            if (line.length != 2) {
                return Signature.WRONG;
            }
            byte[] value = bytes(line[1]).orElse(new byte[0]);
            if (!line[0].equals(name)
                    || value.length != 4 + Ed25519PrivateKeyParameters.SIGNATURE_SIZE
                    || !Arrays.equals(Arrays.copyOf(value, 4), keyHash(name, key))) {
                return Signature.OF_ANOTHER_KEY;
            }
            byte[] message = note.substring(0, end + 1).getBytes(StandardCharsets.UTF_8);
            Ed25519Signer signer = new Ed25519Signer();
            signer.init(false, new Ed25519PublicKeyParameters(key));
            signer.update(message, 0, message.length);
            return signer.verifySignature(Arrays.copyOfRange(value, 4, value.length))
                    ? Signature.RIGHT
                    : Signature.WRONG;
        }
    }

    enum Signature {
        RIGHT,
        WRONG,
        OF_ANOTHER_KEY
    }
}

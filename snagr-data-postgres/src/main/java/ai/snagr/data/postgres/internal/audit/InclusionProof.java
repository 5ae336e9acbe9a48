package ai.snagr.data.postgres.internal.audit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * That one event stands in the sealed tree, for somebody who is not to have the others: a line with the event as in the
 * export, a line with its leaf, one hash a line from the leaf to the root, an empty line, and the signed checkpoint.
 */
public final class InclusionProof {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String INDEX = "index ";
    private static final List<String> PLACE = List.of("type", "leaf", "leafOf", "hash");

    private InclusionProof() {}

    /**
     * Made from an export: up to the newest checkpoint that one of the keys signed and that the export leads to.
     *
     * @throws IllegalArgumentException if the event is not there, not sealed yet or not as it was sealed, or there is no
     *     such checkpoint behind it
     */
    public static String make(Reader export, String checkpoints, List<SignedNote.VerifierKey> keys, UUID id)
            throws IOException {
        List<byte[]> hashes = new ArrayList<>();
        List<String> notes = new ArrayList<>(SignedNote.split(checkpoints));
        ObjectNode found = null;
        BufferedReader lines = new BufferedReader(export);
        try {
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                JsonNode json = JSON.readTree(text);
                if (json.has("note")) {
                    notes.add(json.required("note").stringValue());
                }
                if (json.has("leaf") && json.required("leaf").asLong() == hashes.size()) {
                    hashes.add(HexFormat.of().parseHex(json.required("hash").stringValue()));
                }
                if (json.has("id") && json.required("id").stringValue().equals(id.toString())) {
                    found = (ObjectNode) json;
                }
            }
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("the export is not readable: verify it first", malformed);
        }
        if (found == null) {
            throw new IllegalArgumentException("the export has no event " + id);
        }
        if (!found.has("leaf")) {
            throw new IllegalArgumentException("event " + id + " is not sealed yet");
        }
        int index = found.required("leaf").asInt();
        byte[] leaf = TrailCheck.event(found).leafHash();
        if (index >= hashes.size() || !Arrays.equals(leaf, hashes.get(index))) {
            throw new IllegalArgumentException("event " + id + " is not what was sealed: verify the export");
        }
        String note = newest(notes, keys, hashes, index);
        int size = Math.toIntExact(SignedNote.unverified(note).orElseThrow().size());
        return text(found.remove(PLACE), index, MerkleTree.proof(hashes, index, size), note);
    }

    static String text(ObjectNode event, long index, List<byte[]> path, String note) {
        StringBuilder proof = new StringBuilder(2_000)
                .append(JSON.writeValueAsString(event))
                .append('\n')
                .append(INDEX)
                .append(index)
                .append('\n');
        path.forEach(
                hash -> proof.append(Base64.getEncoder().encodeToString(hash)).append('\n'));
        return proof.append('\n').append(note).toString();
    }

    private static String newest(
            List<String> notes, List<SignedNote.VerifierKey> keys, List<byte[]> hashes, int index) {
        Comparator<String> bySize = Comparator.comparingLong(
                note -> SignedNote.unverified(note).orElseThrow().size());
        return notes.stream()
                .filter(note -> signature(note, keys) == SignedNote.Signature.RIGHT)
                .filter(note -> SignedNote.unverified(note)
                        .filter(at -> at.size() > index && at.size() <= hashes.size())
                        .isPresent())
                .sorted(bySize.reversed())
                .filter(note -> SignedNote.unverified(note)
                        .filter(at -> Arrays.equals(at.root(), MerkleTree.root(hashes, Math.toIntExact(at.size()))))
                        .isPresent())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no checkpoint that one of the keys signed, and that the export leads to, has leaf " + index));
    }

    /** What is wrong with the proof; empty if the event that it names was sealed. */
    public static List<String> check(String proof, List<SignedNote.VerifierKey> keys) {
        int end = proof.indexOf("\n\n");
        List<String> lines =
                end < 0 ? List.of() : List.of(proof.substring(0, end).split("\n", -1));
        if (lines.size() < 2 || !lines.get(1).startsWith(INDEX)) {
            return List.of("UNREADABLE it is not of this form");
        }
        String note = proof.substring(end + 2);
        Checkpoint checkpoint = SignedNote.unverified(note).orElse(null);
        if (checkpoint == null) {
            return List.of("UNREADABLE checkpoint");
        }
        switch (signature(note, keys)) {
            case OF_ANOTHER_KEY -> {
                return List.of("UNKNOWN_KEY signed the checkpoint");
            }
            case WRONG -> {
                return List.of("WRONG_SIGNATURE on the checkpoint");
            }
            case RIGHT -> {}
        }
        try {
            SealedEvent event = TrailCheck.event(JSON.readTree(lines.get(0)));
            long index = Long.parseLong(lines.get(1).substring(INDEX.length()));
            List<byte[]> path =
                    lines.stream().skip(2).map(Base64.getDecoder()::decode).toList();
            return MerkleTree.proves(event.leafHash(), index, checkpoint.size(), path, checkpoint.root())
                    ? List.of()
                    : List.of("NOT_INCLUDED event " + event.id() + " at leaf " + index + " of " + checkpoint.size());
        } catch (JacksonException | IllegalArgumentException malformed) {
            return List.of("UNREADABLE event, leaf or hash");
        }
    }

    private static SignedNote.Signature signature(String note, List<SignedNote.VerifierKey> keys) {
        return Stream.concat(keys.stream().map(key -> key.check(note)), Stream.of(SignedNote.Signature.OF_ANOTHER_KEY))
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }
}

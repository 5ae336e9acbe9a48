package ai.snagr.data.postgres.internal.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Paths from a leaf to the root, in trees of every shape, and how long a proof is. */
final class InclusionProofTest {
    private static final byte[] SEED = new byte[32];

    @Test
    void proof_ofEachLeafOfEachTree_leadsToTheRootFromThereAlone() {
        List<byte[]> leaves = new ArrayList<>();
        for (int size = 1; size <= 33; size++) {
            leaves.add(MerkleTree.leaf(("event " + size).getBytes(StandardCharsets.US_ASCII)));
            byte[] root = MerkleTree.root(leaves, size);
            for (int index = 0; index < size; index++) {
                List<byte[]> path = MerkleTree.proof(leaves, index, size);
                assertThat(path).hasSizeLessThanOrEqualTo(depth(size));
                assertThat(MerkleTree.proves(leaves.get(index), index, size, path, root))
                        .as("leaf %s of %s", index, size)
                        .isTrue();
                for (int other = -1; other <= size; other++) {
                    assertThat(other != index && MerkleTree.proves(leaves.get(index), other, size, path, root))
                            .as("leaf %s of %s as leaf %s", index, size, other)
                            .isFalse();
                }
                List<byte[]> longer = new ArrayList<>(path);
                longer.add(root);
                assertThat(MerkleTree.proves(leaves.get(index), index, size, longer, root))
                        .isFalse();
                if (!path.isEmpty()) {
                    assertThat(MerkleTree.proves(
                                    leaves.get(index), index, size, path.subList(0, path.size() - 1), root))
                            .isFalse();
                }
            }
        }
    }

    @Test
    void text_inATreeOfTenMillion_hasTwoKilobytesAtMost() {
        long size = 10_000_000;
        String note = SignedNote.sign(
                new Checkpoint(
                                "snagr-data/audit/018f4e00-0000-7000-8000-00000000000a",
                                size,
                                new byte[MerkleTree.HASH],
                                Long.MAX_VALUE,
                                Instant.parse("2026-11-24T19:00:00Z"))
                        .text(),
                "audit.example",
                SEED);
        ObjectNode event = JsonMapper.shared()
                .createObjectNode()
                .put("id", "018f4e00-0000-7000-8000-00000000000a")
                .put("createdAtMicros", 1_780_000_000_000_000L)
                .put("xid", Integer.MAX_VALUE)
                .put("actor", "018f4e00-0000-7000-8000-00000000000a")
                .put("role", "snagr_user")
                .put("action", "reveal")
                .put("object", "matches:018f4e00-0000-7000-8000-00000000000a")
                .putNull("reason")
                .put("outcome", "succeeded")
                .put("request", "018f4e00-0000-7000-8000-00000000000a")
                .put("subject", "ab".repeat(32));

        String proof =
                InclusionProof.text(event, size - 1, Collections.nCopies(depth(size), new byte[MerkleTree.HASH]), note);

        assertThat(depth(size)).isEqualTo(24);
        assertThat(proof.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(24 * 45, 2_048);
    }

    private static int depth(long size) {
        return 64 - Long.numberOfLeadingZeros(size - 1);
    }
}

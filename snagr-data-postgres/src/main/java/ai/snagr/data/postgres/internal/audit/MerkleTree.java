package ai.snagr.data.postgres.internal.audit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The hashes of RFC 6962, section 2: SHA-256, a leaf behind the byte 0 and a node behind the byte 1. */
public final class MerkleTree {
    /** The length of a hash in bytes. */
    public static final int HASH = 32;

    private MerkleTree() {}

    static byte[] leaf(byte[] entry) {
        return hash((byte) 0, entry, new byte[0]);
    }

    private static byte[] node(byte[] left, byte[] right) {
        return hash((byte) 1, left, right);
    }

    /** The root over the first {@code size} leaves. */
    static byte[] root(List<byte[]> leaves, int size) {
        Range range = new Range(0, List.of());
        leaves.subList(0, size).forEach(range::add);
        return range.root();
    }

    /**
     * What leads from one leaf to the root over the first {@code size} leaves, from the bottom to the top.
     *
     * @param index from 0, below {@code size}
     */
    public static List<byte[]> proof(List<byte[]> leaves, int index, int size) {
        List<byte[]> path = new ArrayList<>();
        prove(leaves.subList(0, size), index, path);
        return path;
    }

    private static void prove(List<byte[]> leaves, int index, List<byte[]> path) {
        int size = leaves.size();
        if (size == 1) {
            return;
        }
        int left = Integer.highestOneBit(size - 1);
        if (index < left) {
            prove(leaves.subList(0, left), index, path);
            path.add(root(leaves.subList(left, size), size - left));
        } else {
            prove(leaves.subList(left, size), index - left, path);
            path.add(root(leaves, left));
        }
    }

    /** Whether that path leads from the leaf to the root: RFC 9162, section 2.1.3.2. */
    public static boolean proves(byte[] leaf, long index, long size, List<byte[]> path, byte[] root) {
        if (index < 0 || index >= size) {
            return false;
        }
        long fn = index;
        long sn = size - 1;
        byte[] hash = leaf;
        for (byte[] other : path) {
            if (sn == 0) {
                return false;
            }
            if ((fn & 1) == 1 || fn == sn) {
                hash = node(other, hash);
                while ((fn & 1) == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                hash = node(hash, other);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && MessageDigest.isEqual(hash, root);
    }

    private static byte[] hash(byte prefix, byte[] first, byte[] second) {
        MessageDigest digest = sha256();
        digest.update(prefix);
        digest.update(first);
        return digest.digest(second);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java runtime has SHA-256", impossible);
        }
    }

    /** The roots of the full subtrees that a tree consists of, left to right: all that is needed to add leaves. */
    static final class Range {
        private long size;
        private final List<byte[]> roots;

        Range(long size, List<byte[]> roots) {
            this.size = size;
            this.roots = new ArrayList<>(roots);
        }

        /** From its bytes: one hash for each bit of the size. */
        static Range of(long size, byte[] bytes) {
            if (bytes.length != Long.bitCount(size) * HASH) {
                throw new IllegalArgumentException("a tree of " + size + " leaves has another range");
            }
            List<byte[]> roots = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += HASH) {
                roots.add(Arrays.copyOfRange(bytes, at, at + HASH));
            }
            return new Range(size, roots);
        }

        void add(byte[] leaf) {
            byte[] hash = leaf;
            for (long bits = size; (bits & 1) == 1; bits >>= 1) {
                hash = node(roots.remove(roots.size() - 1), hash);
            }
            roots.add(hash);
            size++;
        }

        long size() {
            return size;
        }

        byte[] root() {
            if (roots.isEmpty()) {
                return sha256().digest();
            }
            byte[] hash = roots.get(roots.size() - 1);
            for (int i = roots.size() - 2; i >= 0; i--) {
                hash = node(roots.get(i), hash);
            }
            return hash;
        }

        byte[] bytes() {
            byte[] bytes = new byte[roots.size() * HASH];
            for (int i = 0; i < roots.size(); i++) {
                System.arraycopy(roots.get(i), 0, bytes, i * HASH, HASH);
            }
            return bytes;
        }
    }
}

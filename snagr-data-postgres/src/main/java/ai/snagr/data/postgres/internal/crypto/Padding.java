package ai.snagr.data.postgres.internal.crypto;

import java.util.Arrays;

/**
 * Hides lengths: a value is followed by 80 and zeros up to the next bucket. Buckets are powers of two from 64 to 4,096;
 * above, Padmé, which adds at most 12 % and leaks O(log log n) bits.
 *
 * @see <a href="https://doi.org/10.2478/popets-2019-0056">Reducing Metadata Leakage from Encrypted Files, PETS 2019</a>
 */
final class Padding {
    static final int SMALLEST_BUCKET = 64;
    private static final int LARGEST_POWER = 4_096;
    private static final byte MARK = (byte) 0x80;

    private Padding() {}

    /** The length to which a value of that length, mark included, is padded. */
    static int bucket(int valueLength, int minimum) {
        int length = Math.max(valueLength + 1, minimum);
        return length <= LARGEST_POWER ? Math.max(SMALLEST_BUCKET, nextPowerOfTwo(length)) : padme(length);
    }

    static boolean isBucket(int length) {
        return length >= SMALLEST_BUCKET
                && (length <= LARGEST_POWER ? Integer.bitCount(length) == 1 : padme(length) == length);
    }

    /** Writes the value and its padding over the whole of that part of {@code target}. */
    static void write(byte[] value, byte[] target, int offset, int length) {
        System.arraycopy(value, 0, target, offset, value.length);
        target[offset + value.length] = MARK;
        Arrays.fill(target, offset + value.length + 1, offset + length, (byte) 0);
    }

    /** How long the value in the padded bytes is; -1 if the padding is malformed. */
    static int valueLength(byte[] padded) {
        int last = padded.length - 1;
        while (last >= 0 && padded[last] == 0) {
            last--;
        }
        return last >= 0 && padded[last] == MARK ? last : -1;
    }

    private static int nextPowerOfTwo(int length) {
        return length == 1 ? 1 : Integer.highestOneBit(length - 1) << 1;
    }

    private static int padme(int length) {
        int exponent = log2(length);
        int zeroBits = exponent - (log2(exponent) + 1);
        int mask = (1 << zeroBits) - 1;
        return (length + mask) & ~mask;
    }

    private static int log2(int n) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(n);
    }
}

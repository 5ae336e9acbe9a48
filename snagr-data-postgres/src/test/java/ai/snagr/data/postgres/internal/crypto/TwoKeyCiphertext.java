package ai.snagr.data.postgres.internal.crypto;

import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * A body of 64 bytes and one tag that AES-GCM accepts under two keys: GHASH is linear, so one block can be solved for. (Dodis,
 * Grubbs, Ristenpart, Woodage: Fast Message Franking, CRYPTO 2018.) Under the first key its last byte is a padding mark.
 */
final class TwoKeyCiphertext {
    private static final int BLOCKS = 4;
    private static final BigInteger ONE = BigInteger.ONE.shiftLeft(127);
    private static final BigInteger REDUCTION = BigInteger.valueOf(0xE1).shiftLeft(120);

    private TwoKeyCiphertext() {}

    static byte[] of(byte[] firstKey, byte[] secondKey) {
        byte[] body = new byte[16 * BLOCKS + 16];
        byte[] lastPad = block(firstKey, 1 + BLOCKS);
        body[16 * BLOCKS - 1] = (byte) (lastPad[15] ^ 0x80);
        BigInteger h1 = number(encrypt(firstKey, new byte[16]));
        BigInteger h2 = number(encrypt(secondKey, new byte[16]));
        BigInteger difference = tag(firstKey, body).xor(tag(secondKey, body));
        // Block 0 stands at the power BLOCKS + 1 of H; it is still zero and shall cancel the difference.
        BigInteger slope = power(h1, BLOCKS + 1).xor(power(h2, BLOCKS + 1));
        byte[] solved = bytes(multiply(difference, inverse(slope)));
        System.arraycopy(solved, 0, body, 0, 16);
        System.arraycopy(bytes(tag(firstKey, body)), 0, body, 16 * BLOCKS, 16);
        return body;
    }

    /** Whether the last byte can be a padding mark under both keys, as it is for one pair of keys in 256. */
    static boolean isPossible(byte[] firstKey, byte[] secondKey) {
        return block(firstKey, 1 + BLOCKS)[15] == block(secondKey, 1 + BLOCKS)[15];
    }

    private static BigInteger tag(byte[] key, byte[] body) {
        BigInteger h = number(encrypt(key, new byte[16]));
        BigInteger sum = BigInteger.ZERO;
        for (int i = 0; i < BLOCKS; i++) {
            sum = multiply(sum.xor(number(Arrays.copyOfRange(body, 16 * i, 16 * i + 16))), h);
        }
        sum = multiply(sum.xor(BigInteger.valueOf(8L * 16 * BLOCKS)), h);
        return sum.xor(number(block(key, 1)));
    }

    /** The key stream of that counter under the nonce of zeros. */
    private static byte[] block(byte[] key, int counter) {
        byte[] input = new byte[16];
        input[15] = (byte) counter;
        return encrypt(key, input);
    }

    private static byte[] encrypt(byte[] key, byte[] input) {
        BlockCipher aes = AESEngine.newInstance();
        aes.init(true, new KeyParameter(key));
        byte[] output = new byte[16];
        aes.processBlock(input, 0, output, 0);
        return output;
    }

    /** Multiplication in GF(2^128) as in NIST SP 800-38D, section 6.3: the highest bit is the coefficient of 1. */
    private static BigInteger multiply(BigInteger x, BigInteger y) {
        BigInteger product = BigInteger.ZERO;
        BigInteger shifted = y;
        for (int bit = 127; bit >= 0; bit--) {
            if (x.testBit(bit)) {
                product = product.xor(shifted);
            }
            shifted = shifted.testBit(0) ? shifted.shiftRight(1).xor(REDUCTION) : shifted.shiftRight(1);
        }
        return product;
    }

    private static BigInteger power(BigInteger base, int exponent) {
        BigInteger result = ONE;
        for (int i = 0; i < exponent; i++) {
            result = multiply(result, base);
        }
        return result;
    }

    /** To the power 2^128 - 2. */
    private static BigInteger inverse(BigInteger x) {
        BigInteger result = ONE;
        BigInteger square = x;
        for (int i = 1; i < 128; i++) {
            square = multiply(square, square);
            result = multiply(result, square);
        }
        return result;
    }

    private static BigInteger number(byte[] block) {
        return new BigInteger(1, block);
    }

    private static byte[] bytes(BigInteger number) {
        byte[] bytes = new byte[16];
        byte[] magnitude = number.toByteArray();
        int length = Math.min(16, magnitude.length);
        System.arraycopy(magnitude, magnitude.length - length, bytes, 16 - length, length);
        return bytes;
    }
}

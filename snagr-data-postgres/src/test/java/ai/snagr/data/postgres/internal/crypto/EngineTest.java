package ai.snagr.data.postgres.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineTest {
    private static final Engines ENGINES = new Engines();

    /** RFC 4231, test cases 1, 2, 3, 6 and 7. */
    @ParameterizedTest
    @CsvSource({
        "0b*20, 4869205468657265, b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "4a656665, 7768617420646f2079612077616e7420666f72206e6f7468696e673f,"
                + " 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "aa*20, dd*50, 773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "aa*131, 54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b657920"
                + "4669727374, 60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    })
    void hmac_publishedVectors_agree(String key, String data, String expected) {
        try (Engine engine = ENGINES.start()) {
            byte[] text = hex(data);
            assertThat(engine.hmac(hex(key), text)).isEqualTo(hex(expected));
            assertThat(engine.hmac(hex(key), Arrays.copyOf(text, 3), Arrays.copyOfRange(text, 3, text.length)))
                    .isEqualTo(hex(expected));
        }
    }

    /** RFC 5869, test cases 1 to 3, each cut to whole blocks of 32 bytes. */
    @ParameterizedTest
    @CsvSource({
        "0b*22, 000102030405060708090a0b0c, f0f1f2f3f4f5f6f7f8f9,"
                + " 3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334"
                + "35363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f,"
                + " 606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192"
                + "939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf,"
                + " b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2"
                + "e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff,"
                + " b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09",
        "0b*22, '', '', 8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
    })
    void hkdf_publishedVectors_agree(String key, String salt, String info, String expected) {
        byte[] first = new byte[32];
        byte[] second = new byte[32];
        byte[] wanted = hex(expected);
        try (Engine engine = ENGINES.start()) {
            engine.hkdf(hex(key), hex(salt), hex(info), first, second);
        }
        assertThat(Arrays.copyOf(BouncyCastleRecord.concat(first, second), wanted.length))
                .isEqualTo(wanted);
    }

    /** Test cases 13 to 14 of "The Galois/Counter Mode of Operation"; the other ones have another nonce. */
    @ParameterizedTest
    @CsvSource({
        "'', 530f8afbc74536b9a963b4f1c4cb738b",
        "00*16, cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    })
    void encrypt_publishedVectors_agree(String text, String expected) {
        byte[] buffer = Arrays.copyOf(hex(text), hex(text).length + 16);
        try (Engine engine = ENGINES.start()) {
            engine.encrypt(new byte[32], buffer, 0, hex(text).length);
        }
        assertThat(buffer).isEqualTo(hex(expected));
    }

    @Test
    void everyPrimitive_randomInputs_agreesWithBouncyCastle() {
        Random random = new Random(2);
        for (int i = 0; i < 500; i++) {
            byte[] key = bytes(random, 32);
            byte[] salt = bytes(random, 32);
            byte[] info = bytes(random, random.nextInt(300));
            byte[] text = bytes(random, random.nextInt(5_000));
            byte[] first = new byte[32];
            byte[] second = new byte[32];
            byte[] buffer = Arrays.copyOf(text, text.length + 16);
            try (Engine engine = ENGINES.start()) {
                assertThat(engine.hmac(key, text)).isEqualTo(BouncyCastleRecord.hmac(key, text));
                engine.hkdf(key, salt, info, first, second);
                assertThat(BouncyCastleRecord.concat(first, second))
                        .isEqualTo(BouncyCastleRecord.hkdf(key, salt, info, 64));
                engine.expand(key, info, first);
                assertThat(first).isEqualTo(BouncyCastleRecord.expand(key, info));
                engine.encrypt(key, buffer, 0, text.length);
            }
            assertThat(buffer).isEqualTo(BouncyCastleRecord.gcm(true, key, text).orElseThrow());
        }
    }

    @Test
    void hkdf_manyThreadsAtOnce_neverMixesKeys() throws Exception {
        int threads = 8;
        List<byte[]> keys = new ArrayList<>();
        List<byte[]> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            byte[] key = bytes(new Random(i), 32);
            keys.add(key);
            expected.add(BouncyCastleRecord.hkdf(key, new byte[32], ascii("race"), 32));
        }
        CountDownLatch start = new CountDownLatch(threads);
        Callable<Integer> work = () -> {
            start.countDown();
            start.await();
            int wrong = 0;
            for (int i = 0; i < 2_000; i++) {
                try (Engine engine = ENGINES.start()) {
                    byte[] derived = engine.hkdf(keys.get(i % keys.size()), ascii("race"));
                    wrong += Arrays.equals(derived, expected.get(i % keys.size())) ? 0 : 1;
                }
            }
            return wrong;
        };
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (Future<Integer> wrong : executor.invokeAll(Collections.nCopies(threads, work))) {
                assertThat(wrong.get()).isZero();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void decrypt_anyBitFlipped_isFalse() {
        byte[] key = bytes(new Random(3), 32);
        byte[] sealed = new byte[64 + 16];
        try (Engine engine = ENGINES.start()) {
            engine.encrypt(key, sealed, 0, 64);
            for (int bit = 0; bit < 8 * sealed.length; bit++) {
                sealed[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(engine.decrypt(key, sealed, 0, new byte[64])).isFalse();
                sealed[bit / 8] ^= (byte) (1 << bit % 8);
            }
            assertThat(engine.decrypt(key, sealed, 0, new byte[64])).isTrue();
        }
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Hexadecimal, or one byte repeated: {@code 0b*20}. */
    private static byte[] hex(String text) {
        int star = text.indexOf('*');
        return HexFormat.of()
                .parseHex(star < 0 ? text : text.substring(0, star).repeat(Integer.parseInt(text.substring(star + 1))));
    }
}

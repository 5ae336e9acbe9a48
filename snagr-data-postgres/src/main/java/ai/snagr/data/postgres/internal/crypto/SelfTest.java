package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.SnagrDataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/** What is proven before the first key is used: the runtime computes published results, and Bouncy Castle is there once. */
final class SelfTest {
    private static final String PROVIDER_CLASS = "org/bouncycastle/jce/provider/BouncyCastleProvider.class";
    /** Only in the LTS distribution, which has the classes of the ordinary one too, in another version. */
    private static final String LTS_CLASS = "org/bouncycastle/crypto/NativeServices.class";

    private SelfTest() {}

    /** Returns, or throws CONFIGURATION. */
    static void run(Engines engines) {
        checkBouncyCastle(SelfTest.class.getClassLoader());
        try (Engine engine = engines.start()) {
            checkHmac(engine);
            checkHkdf(engine);
            checkGcm(engine);
        }
    }

    static void checkBouncyCastle(ClassLoader loader) {
        try {
            List<URL> providers = Collections.list(loader.getResources(PROVIDER_CLASS));
            if (providers.size() > 1 && loader.getResource(LTS_CLASS) != null) {
                throw new SnagrDataException.Misconfigured(
                        "bcprov-jdk18on and bcprov-lts8on are both on the class path "
                                + "and their classes mix: exclude one of " + providers);
            }
        } catch (IOException unreadableClassPath) {
            throw new UncheckedIOException(unreadableClassPath);
        }
    }

    /** RFC 4231, test case 2. */
    private static void checkHmac(Engine engine) {
        byte[] tag = engine.hmac(Bytes.ascii("Jefe"), Bytes.ascii("what do ya want "), Bytes.ascii("for nothing?"));
        expect("SHA-256", tag, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    /** RFC 5869, test case 1, cut to 32 bytes. */
    private static void checkHkdf(Engine engine) {
        byte[] key = new byte[22];
        Arrays.fill(key, (byte) 0x0b);
        byte[] derived = new byte[Engine.KEY_LENGTH];
        engine.hkdf(key, hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), derived);
        expect("SHA-256 as HKDF", derived, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    /** Test case 14 of "The Galois/Counter Mode of Operation", submitted to NIST: key, nonce and text are zeros. */
    private static void checkGcm(Engine engine) {
        byte[] text = new byte[16 + Engine.TAG_LENGTH];
        engine.encrypt(new byte[Engine.KEY_LENGTH], text, 0, 16);
        expect("AES/GCM/NoPadding", text, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
        text[0] ^= 1;
        if (engine.decrypt(new byte[Engine.KEY_LENGTH], text, 0, new byte[16])) {
            throw wrong("AES/GCM/NoPadding");
        }
    }

    private static void expect(String algorithm, byte[] actual, String expected) {
        if (!Arrays.equals(actual, hex(expected))) {
            throw wrong(algorithm);
        }
    }

    private static SnagrDataException wrong(String algorithm) {
        return new SnagrDataException.Misconfigured("This Java runtime computes " + algorithm
                + " wrongly, so nothing can be sealed: check the security providers in its java.security file");
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}

package ai.snagr.data.postgres.internal.crypto;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMModeCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * Record format 1 once more, written from its description on Bouncy Castle's own primitives. It shares no code with the
 * format under test, so that a mistake in one of them shows.
 */
final class BouncyCastleRecord {
    private BouncyCastleRecord() {}

    static byte[] context(byte[]... fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (byte[] field : fields) {
                out.writeInt(field.length);
                out.write(field);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    static byte[] hkdf(byte[] key, byte[] salt, byte[] info, int length) {
        HKDFBytesGenerator generator = new HKDFBytesGenerator(new SHA256Digest());
        generator.init(new HKDFParameters(key, salt, info));
        byte[] out = new byte[length];
        generator.generateBytes(out, 0, length);
        return out;
    }

    static byte[] expand(byte[] key, byte[] info) {
        HKDFBytesGenerator generator = new HKDFBytesGenerator(new SHA256Digest());
        generator.init(HKDFParameters.skipExtractParameters(key, info));
        byte[] out = new byte[32];
        generator.generateBytes(out, 0, 32);
        return out;
    }

    static byte[] hmac(byte[] key, byte[]... parts) {
        HMac mac = new HMac(new SHA256Digest());
        mac.init(new KeyParameter(key));
        for (byte[] part : parts) {
            mac.update(part, 0, part.length);
        }
        byte[] out = new byte[32];
        mac.doFinal(out, 0);
        return out;
    }

    static byte[] fieldKey(byte[] subjectKey, String path) {
        return hkdf(subjectKey, new byte[32], ("field" + path).getBytes(StandardCharsets.US_ASCII), 32);
    }

    static byte[] seal(
            byte[] fieldKey, int keyId, long sequence, byte[] context, byte[] random, int padded, byte[] value) {
        byte[] header = header(keyId, sequence);
        byte[] salt =
                hmac(expand(fieldKey, "hedge".getBytes(StandardCharsets.US_ASCII)), random, header, context, value);
        return sealWithSalt(fieldKey, header, context, salt, padded, value);
    }

    static byte[] sealWithSalt(byte[] fieldKey, byte[] header, byte[] context, byte[] salt, int padded, byte[] value) {
        byte[] keys = hkdf(fieldKey, salt, concat(header, context), 64);
        byte[] text = Arrays.copyOf(value, padded);
        text[value.length] = (byte) 0x80;
        byte[] body = gcm(true, Arrays.copyOf(keys, 32), text).orElseThrow();
        return concat(header, salt, Arrays.copyOfRange(keys, 32, 64), body);
    }

    static Optional<byte[]> open(byte[] fieldKey, byte[] context, byte[] sealed) {
        byte[] header = Arrays.copyOf(sealed, 16);
        byte[] salt = Arrays.copyOfRange(sealed, 16, 48);
        byte[] keys = hkdf(fieldKey, salt, concat(header, context), 64);
        if (!Arrays.equals(Arrays.copyOfRange(keys, 32, 64), Arrays.copyOfRange(sealed, 48, 80))) {
            return Optional.empty();
        }
        return gcm(false, Arrays.copyOf(keys, 32), Arrays.copyOfRange(sealed, 80, sealed.length))
                .map(text -> {
                    int end = text.length;
                    do {
                        end--;
                    } while (text[end] == 0);
                    return Arrays.copyOf(text, end);
                });
    }

    static byte[] header(int keyId, long sequence) {
        return ByteBuffer.allocate(16)
                .put(new byte[] {(byte) 0xFE, 1, 1, 0})
                .putInt(keyId)
                .putLong(sequence)
                .array();
    }

    static Optional<byte[]> gcm(boolean encrypt, byte[] key, byte[] input) {
        GCMModeCipher cipher = GCMBlockCipher.newInstance(AESEngine.newInstance());
        cipher.init(encrypt, new AEADParameters(new KeyParameter(key), 128, new byte[12]));
        byte[] out = new byte[cipher.getOutputSize(input.length)];
        try {
            int length = cipher.processBytes(input, 0, input.length, out, 0);
            cipher.doFinal(out, length);
            return Optional.of(out);
        } catch (InvalidCipherTextException refused) {
            return Optional.empty();
        }
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}

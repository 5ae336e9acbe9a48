package ai.snagr.data.postgres.internal.store;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.ShortBufferException;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM of the Java runtime, which counts what was decrypted. A store that is opened with it keeps it; key providers that
 * were made before do not have it.
 */
@SuppressWarnings({"InsecureCryptoUsage", "serial"}) // passes on what it is asked for; is never written
final class CountedDecryptions extends Provider {
    private static final long serialVersionUID = 1L;
    private static final String GCM = "AES/GCM/NoPadding";

    private final AtomicInteger count = new AtomicInteger();
    private final Provider runtime;

    CountedDecryptions() throws GeneralSecurityException {
        super("CountedDecryptions", "1", "AES-GCM that counts");
        runtime = Cipher.getInstance(GCM).getProvider();
        putService(new Service(this, "Cipher", GCM, Counting.class.getName(), List.of(), Map.of()) {
            @Override
            public Object newInstance(Object parameter) {
                return new Counting();
            }
        });
    }

    /** What is made meanwhile decrypts with this. */
    <T> T whileInstalled(Callable<T> making) throws Exception {
        Security.insertProviderAt(this, 1);
        try {
            return making.call();
        } finally {
            Security.removeProvider(getName());
        }
    }

    /** How much was decrypted since the last call. */
    int taken() {
        return count.getAndSet(0);
    }

    private final class Counting extends CipherSpi {
        private final Cipher cipher;
        private boolean decrypting;

        Counting() {
            try {
                cipher = Cipher.getInstance(GCM, runtime);
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        @Override
        protected void engineInit(int mode, Key key, @Nullable AlgorithmParameterSpec parameters, SecureRandom random)
                throws InvalidKeyException, InvalidAlgorithmParameterException {
            decrypting = mode == Cipher.DECRYPT_MODE;
            cipher.init(mode, key, parameters, random);
        }

        @Override
        protected int engineDoFinal(byte[] input, int offset, int length, byte[] output, int outputOffset)
                throws ShortBufferException, IllegalBlockSizeException, BadPaddingException {
            if (decrypting) {
                count.incrementAndGet();
            }
            return cipher.doFinal(input, offset, length, output, outputOffset);
        }

        @Override
        protected byte[] engineDoFinal(byte[] input, int offset, int length) {
            throw new UnsupportedOperationException("into an array that is given");
        }

        @Override
        protected int engineGetOutputSize(int length) {
            return cipher.getOutputSize(length);
        }

        @Override
        protected void engineInit(int mode, Key key, SecureRandom random) {
            throw new UnsupportedOperationException("only with a nonce");
        }

        @Override
        protected void engineInit(int mode, Key key, @Nullable AlgorithmParameters parameters, SecureRandom random) {
            throw new UnsupportedOperationException("only with a nonce as a specification");
        }

        @Override
        protected void engineSetMode(String mode) {}

        @Override
        protected void engineSetPadding(String padding) {}

        @Override
        protected int engineGetBlockSize() {
            return cipher.getBlockSize();
        }

        @Override
        protected byte[] engineGetIV() {
            return cipher.getIV();
        }

        @Override
        protected @Nullable AlgorithmParameters engineGetParameters() {
            return null;
        }

        @Override
        protected byte[] engineUpdate(byte[] input, int offset, int length) {
            return cipher.update(input, offset, length);
        }

        @Override
        protected int engineUpdate(byte[] input, int offset, int length, byte[] output, int outputOffset) {
            throw new UnsupportedOperationException("all at once");
        }
    }
}

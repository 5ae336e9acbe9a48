package ai.snagr.data.benchmarks;

import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import com.amazonaws.encryptionsdk.jce.JceMasterKey;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.AesWrappingAlg;
import software.amazon.cryptography.materialproviders.model.CreateRawAesKeyringInput;
import software.amazon.cryptography.materialproviders.model.MaterialProvidersConfig;

/**
 * The AWS Encryption SDK with a local wrapping key and a data key for each message, as it does unless told to cache. Both its
 * committing suites: the default one, which signs each message too, and the one without a signature, which its documentation
 * advises where those who encrypt and those who decrypt are trusted equally.
 *
 * @see <a href="https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/supported-algorithms.html">Algorithm suites</a>
 */
final class AwsRecords {
    static final CryptoAlgorithm COMMITTING = CryptoAlgorithm.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
    static final CryptoAlgorithm COMMITTING_AND_SIGNING =
            CryptoAlgorithm.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384;

    private static final String NAMESPACE = "benchmarks";
    private static final String NAME = "wrapping-key";

    private AwsRecords() {}

    /**
     * With a raw AES keyring, as the documentation advises since version 3.
     *
     * @see <a href="https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/use-raw-aes-keyring.html">Raw AES keyrings</a>
     */
    static Records keyring(CryptoAlgorithm suite, String place) {
        IKeyring keyring = MaterialProviders.builder()
                .MaterialProvidersConfig(MaterialProvidersConfig.builder().build())
                .build()
                .CreateRawAesKeyring(CreateRawAesKeyringInput.builder()
                        .keyNamespace(NAMESPACE)
                        .keyName(NAME)
                        .wrappingKey(ByteBuffer.wrap(freshKey()))
                        .wrappingAlg(AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16)
                        .build());
        AwsCrypto crypto = crypto(suite);
        Map<String, String> context = Map.of("place", place);
        return new Records() {
            @Override
            public byte[] seal(byte[] value) {
                return crypto.encryptData(keyring, value, context).getResult();
            }

            @Override
            public byte[] open(byte[] sealed) {
                return crypto.decryptData(keyring, sealed, context).getResult();
            }
        };
    }

    /**
     * With a local master key, as before version 3: the same messages.
     *
     * @see <a href="https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/java-example-code.html">Java examples</a>
     */
    static Records masterKey(CryptoAlgorithm suite, String place) {
        JceMasterKey key =
                JceMasterKey.getInstance(new SecretKeySpec(freshKey(), "AES"), NAMESPACE, NAME, "AES/GCM/NoPadding");
        AwsCrypto crypto = crypto(suite);
        Map<String, String> context = Map.of("place", place);
        return new Records() {
            @Override
            public byte[] seal(byte[] value) {
                return crypto.encryptData(key, value, context).getResult();
            }

            @Override
            public byte[] open(byte[] sealed) {
                return crypto.decryptData(key, sealed).getResult();
            }
        };
    }

    private static AwsCrypto crypto(CryptoAlgorithm suite) {
        return AwsCrypto.builder()
                .withCommitmentPolicy(CommitmentPolicy.RequireEncryptRequireDecrypt)
                .withEncryptionAlgorithm(suite)
                .build();
    }

    private static byte[] freshKey() {
        byte[] fresh = new byte[32];
        new SecureRandom().nextBytes(fresh);
        return fresh;
    }
}

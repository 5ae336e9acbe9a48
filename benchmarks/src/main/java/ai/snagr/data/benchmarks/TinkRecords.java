package ai.snagr.data.benchmarks;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.AeadParameters;
import java.security.GeneralSecurityException;

/**
 * An AEAD primitive of Tink, made once and kept, with the place as associated data. None of Tink's commits to its key.
 *
 * @see <a href="https://developers.google.com/tink/encrypt-data">Tink, "I want to encrypt data"</a>
 */
final class TinkRecords implements Records {
    private final Aead aead;
    private final byte[] place;

    TinkRecords(AeadParameters parameters, byte[] place) throws GeneralSecurityException {
        AeadConfig.register();
        this.aead = KeysetHandle.generateNew(parameters, RegistryConfiguration.get())
                .getPrimitive(RegistryConfiguration.get(), Aead.class);
        this.place = place;
    }

    @Override
    public byte[] seal(byte[] value) throws GeneralSecurityException {
        return aead.encrypt(value, place);
    }

    @Override
    public byte[] open(byte[] sealed) throws GeneralSecurityException {
        return aead.decrypt(sealed, place);
    }
}

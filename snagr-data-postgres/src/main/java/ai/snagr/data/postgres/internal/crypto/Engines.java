package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Provider;
import javax.crypto.Cipher;

/**
 * Makes engines, all from the same two security providers: those that {@link SelfTest} has proven, whatever is installed
 * later. It is also three times as fast as to let the runtime look for them each time.
 */
final class Engines {
    private static final String SHA_256 = "SHA-256";
    private static final String GCM = "AES/GCM/NoPadding";

    private final Provider digestProvider;
    private final Provider gcmProvider;

    /** @throws SnagrDataException CONFIGURATION if the runtime lacks an algorithm or computes it wrongly */
    Engines() {
        try {
            digestProvider = MessageDigest.getInstance(SHA_256).getProvider();
            gcmProvider = Cipher.getInstance(GCM).getProvider();
        } catch (GeneralSecurityException missing) {
            throw new SnagrDataException.Misconfigured(
                    ErrorCode.CONFIGURATION,
                    "This Java runtime has no " + SHA_256 + " or no " + GCM
                            + ": check the security providers in its java.security file",
                    missing);
        }
        SelfTest.run(this);
    }

    Engine start() {
        try {
            return new Engine(MessageDigest.getInstance(SHA_256, digestProvider), Cipher.getInstance(GCM, gcmProvider));
        } catch (GeneralSecurityException impossible) {
            throw Engine.refused(impossible);
        }
    }
}

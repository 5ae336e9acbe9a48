package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.security.GeneralSecurityException;
import java.security.Provider;
import javax.crypto.Cipher;
import javax.crypto.Mac;

/**
 * Makes engines, all from the same two security providers: those that {@link SelfTest} has proven, whatever is installed
 * later. It is also three times as fast as to let the runtime look for them each time.
 */
final class Engines {
    private static final String HMAC = "HmacSHA256";
    private static final String GCM = "AES/GCM/NoPadding";

    private final Provider hmacProvider;
    private final Provider gcmProvider;

    /** @throws SnagrDataException CONFIGURATION if the runtime lacks an algorithm or computes it wrongly */
    Engines() {
        try {
            hmacProvider = Mac.getInstance(HMAC).getProvider();
            gcmProvider = Cipher.getInstance(GCM).getProvider();
        } catch (GeneralSecurityException missing) {
            throw new SnagrDataException.Misconfigured(
                    ErrorCode.CONFIGURATION,
                    "This Java runtime has no " + HMAC + " or no " + GCM
                            + ": check the security providers in its java.security file",
                    missing);
        }
        SelfTest.run(this);
    }

    Engine start() {
        try {
            return new Engine(Mac.getInstance(HMAC, hmacProvider), Cipher.getInstance(GCM, gcmProvider));
        } catch (GeneralSecurityException impossible) {
            throw Engine.refused(impossible);
        }
    }
}

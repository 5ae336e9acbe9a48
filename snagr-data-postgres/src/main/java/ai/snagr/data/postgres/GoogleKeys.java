package ai.snagr.data.postgres;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import ai.snagr.data.postgres.internal.keyservice.GoogleKms;
import ai.snagr.data.postgres.internal.keyservice.HttpSettings;
import ai.snagr.data.postgres.internal.keyservice.RemoteKeys;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Keys in Google Cloud KMS, symmetric ones, whose versions are those of the service. They never leave it. It speaks the
 * REST interface and needs no library of Google; {@code google-auth-library-oauth2-http} is one way to get the tokens.
 */
public final class GoogleKeys {
    private static final Pattern NAME =
            Pattern.compile("projects/[\\w.:-]+/locations/[\\w-]+/keyRings/[\\w-]+/cryptoKeys/[\\w-]+");

    private final Supplier<String> accessToken;
    private final Map<KeyPurpose, String> keys = new EnumMap<>(KeyPurpose.class);
    private URI address = URI.create("https://cloudkms.googleapis.com");
    private Duration timeout = Duration.ofSeconds(2);

    private GoogleKeys(Supplier<String> accessToken) {
        this.accessToken = accessToken;
    }

    /**
     * The KMS as whoever the tokens are of.
     *
     * @param accessToken gives an OAuth 2.0 access token that is valid: asked at the first call, and again when the service
     *     refuses the last one; what it throws, the caller of the provider sees
     */
    public static GoogleKeys as(Supplier<String> accessToken) {
        return new GoogleKeys(requireNonNull(accessToken, "accessToken"));
    }

    /**
     * The key for that purpose, whose primary version wraps new keys. Only purposes that this process needs: the others are
     * CONFIGURATION here.
     *
     * @param name {@code projects/…/locations/…/keyRings/…/cryptoKeys/…}
     */
    @CanIgnoreReturnValue
    public GoogleKeys key(KeyPurpose purpose, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new SnagrDataException.Misconfigured("This is not the name of a key of Google Cloud KMS:"
                    + " projects/…/locations/…/keyRings/…/cryptoKeys/…");
        }
        keys.put(purpose, name);
        return this;
    }

    /** How long one attempt of a call may take, 10 ms to 1 minute; 2 seconds if not given. */
    @CanIgnoreReturnValue
    public GoogleKeys timeout(Duration limit) {
        timeout = requireNonNull(limit, "limit");
        return this;
    }

    /** Another address than {@code https://cloudkms.googleapis.com}, such as a private one. */
    @CanIgnoreReturnValue
    public GoogleKeys address(URI other) {
        address = requireNonNull(other, "other");
        return this;
    }

    /**
     * The provider, for the caller to close. The service is not asked yet.
     *
     * @throws SnagrDataException CONFIGURATION if a setting is not fit, or no key was named
     */
    public KeyProvider open() {
        if (keys.isEmpty()) {
            throw new SnagrDataException.Misconfigured("No key of Google Cloud KMS was named: call key(purpose, name)");
        }
        return new RemoteKeys(new GoogleKms(new HttpSettings(address, accessToken, Optional.empty(), timeout), keys));
    }
}

package ai.snagr.data.postgres;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import ai.snagr.data.postgres.internal.keyservice.HttpSettings;
import ai.snagr.data.postgres.internal.keyservice.RemoteKeys;
import ai.snagr.data.postgres.internal.keyservice.VaultTransit;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Keys in the transit engine of HashiCorp Vault or OpenBao, one named key for each purpose, made with
 * {@code type=aes256-gcm96 derived=true}. They never leave it: wrapping, unwrapping and rewrapping happen there. Calls that
 * change nothing are repeated twice when Vault does not answer, is sealed or overloaded.
 */
public final class VaultKeys {
    private static final Pattern NAME = Pattern.compile("\\w([\\w.-]*\\w)?");
    private static final Pattern PATH = Pattern.compile("[\\w.-]+(/[\\w.-]+)*");

    private final URI address;
    private final Supplier<String> token;
    private final Map<KeyPurpose, String> names = new EnumMap<>(KeyPurpose.class);
    private String namespace = "";
    private String mount = "transit";
    private Duration timeout = Duration.ofSeconds(2);
    private @Nullable SSLContext tls;

    private VaultKeys(URI address, Supplier<String> token) {
        this.address = address;
        this.token = token;
    }

    /**
     * A Vault at that address.
     *
     * @param address such as {@code https://vault.example.com:8200}; {@code http} on this machine only
     * @param token gives a token that is valid: asked at the first call, and again when Vault refuses the last one. It
     *     renews what must be renewed; what it throws, the caller of the provider sees
     */
    public static VaultKeys at(URI address, Supplier<String> token) {
        return new VaultKeys(requireNonNull(address, "address"), requireNonNull(token, "token"));
    }

    /** The name of the key for that purpose. Only those that this process needs: the others are CONFIGURATION here. */
    @CanIgnoreReturnValue
    public VaultKeys key(KeyPurpose purpose, String name) {
        names.put(purpose, matching(NAME, name, "the name of a key"));
        return this;
    }

    /** The namespace of the engine; none if not given. */
    @CanIgnoreReturnValue
    public VaultKeys namespace(String path) {
        namespace = matching(PATH, path, "a namespace");
        return this;
    }

    /** Where the engine is mounted; {@code transit} if not given. */
    @CanIgnoreReturnValue
    public VaultKeys mount(String path) {
        mount = matching(PATH, path, "a mount path");
        return this;
    }

    /** How long one attempt of a call may take, 10 ms to 1 minute; 2 seconds if not given. */
    @CanIgnoreReturnValue
    public VaultKeys timeout(Duration limit) {
        timeout = requireNonNull(limit, "limit");
        return this;
    }

    /** Whom to trust, and which certificate to show; the trust store of this JVM if not given. */
    @CanIgnoreReturnValue
    public VaultKeys tls(SSLContext context) {
        tls = requireNonNull(context, "context");
        return this;
    }

    /**
     * The provider, for the caller to close. Vault is not asked yet.
     *
     * @throws SnagrDataException CONFIGURATION if a setting is not fit, or no key was named
     */
    public KeyProvider open() {
        if (names.isEmpty()) {
            throw new SnagrDataException.Misconfigured("No key of Vault was named: call key(purpose, name)");
        }
        return new RemoteKeys(new VaultTransit(
                new HttpSettings(address, token, Optional.ofNullable(tls), timeout), namespace, mount, names));
    }

    private static String matching(Pattern pattern, String value, String what) {
        if (!pattern.matcher(value).matches()) {
            throw new SnagrDataException.Misconfigured(
                    "This is not " + what + " of Vault: letters, digits, '_', '-' and '.' are allowed");
        }
        return value;
    }
}

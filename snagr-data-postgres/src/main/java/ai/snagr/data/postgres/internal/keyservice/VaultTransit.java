package ai.snagr.data.postgres.internal.keyservice;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.keyservice.JsonService.Answer;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.WrappedKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The transit engine of HashiCorp Vault and OpenBao. The context goes into the derivation of the key, not into associated
 * data: {@code rewrap} takes no associated data, and so would have to hand out the key. A key that was not made with
 * {@code derived=true} would ignore the context in silence, and is refused.
 *
 * <p>A wrapped key is nonce, ciphertext and tag, without the prefix and the Base64 of Vault, which are the same for other
 * bytes as well.
 *
 * @see <a href="https://openbao.org/api-docs/secret/transit/">The transit engine</a>
 */
public final class VaultTransit implements KeyService {
    private static final int NONCE_AND_TAG = 28;

    private final JsonService vault;
    private final String mount;
    private final Map<KeyPurpose, String> names;
    private final InstantSource clock;
    private final Set<KeyPurpose> checked = ConcurrentHashMap.newKeySet();

    /**
     * @param namespace empty for none
     * @param mount where the engine is, such as {@code transit}
     * @param names of the keys, for each purpose that this process has
     */
    public VaultTransit(HttpSettings settings, String namespace, String mount, Map<KeyPurpose, String> names) {
        this(settings, namespace, mount, names, InstantSource.system());
    }

    VaultTransit(
            HttpSettings settings, String namespace, String mount, Map<KeyPurpose, String> names, InstantSource clock) {
        this.vault = new JsonService("Vault", settings, (request, token) -> {
            request.header("X-Vault-Token", token).header("X-Vault-Request", "true");
            if (!namespace.isEmpty()) {
                request.header("X-Vault-Namespace", namespace);
            }
        });
        this.mount = mount;
        this.names = Map.copyOf(names);
        this.clock = clock;
    }

    @Override
    public int newest(KeyPurpose purpose) {
        return key(purpose).newest();
    }

    @Override
    public byte[] encrypt(KeyRef kek, byte[] key, KeyContext context) {
        requireDerived(kek.purpose());
        ObjectNode body = JsonService.JSON
                .createObjectNode()
                .put("plaintext", key)
                .put("context", encoded(context))
                .put("key_version", kek.version());
        String path = path("encrypt", kek.purpose());
        return ciphertext(path, vault.ask(path, body), kek);
    }

    @Override
    public byte[] decrypt(WrappedKey wrapped, KeyContext context) {
        requireDerived(wrapped.wrappedBy().purpose());
        String path = path("decrypt", wrapped.wrappedBy().purpose());
        Answer answer = opened(path, vault.ask(path, sealed(wrapped, context)));
        return Binary.of(answer.body().path("data").path("plaintext")).orElseThrow(() -> vault.notUnderstood(path));
    }

    @Override
    public byte[] reencrypt(WrappedKey wrapped, KeyRef to, KeyContext context) {
        requireDerived(to.purpose());
        String path = path("rewrap", to.purpose());
        Answer answer = vault.ask(path, sealed(wrapped, context).put("key_version", to.version()));
        return ciphertext(path, opened(path, answer), to);
    }

    @Override
    public KeyState state(KeyRef ref) {
        Key key = key(ref.purpose());
        if (ref.version() > key.newest()) {
            throw new SnagrDataException.Misconfigured("Vault never had a key " + ref);
        }
        if (ref.version() < key.leastAvailable()) {
            return KeyState.DESTROYED;
        }
        return ref.version() < key.leastDecrypting() ? KeyState.DISABLED : KeyState.ENABLED;
    }

    @Override
    public void disable(KeyRef ref) {
        Key key = key(ref.purpose());
        int least = Math.max(ref.version() + 1, key.leastDecrypting());
        ObjectNode body = JsonService.JSON.createObjectNode().put("min_decryption_version", least);
        // Zero means none; any other one must not be below that of decryption.
        if (key.leastEncrypting() > 0 && key.leastEncrypting() < least) {
            body.put("min_encryption_version", least);
        }
        configure(ref.purpose(), body);
    }

    @Override
    public void enable(KeyRef ref) {
        ObjectNode body = JsonService.JSON.createObjectNode().put("min_decryption_version", ref.version());
        if (key(ref.purpose()).leastEncrypting() > ref.version()) {
            body.put("min_encryption_version", ref.version());
        }
        configure(ref.purpose(), body);
    }

    @Override
    public KeyState destroy(KeyRef ref, Instant notBefore) {
        if (notBefore.isAfter(clock.instant())) {
            disable(ref);
            return KeyState.DISABLED;
        }
        Key key = key(ref.purpose());
        int least = ref.version() + 1;
        configure(
                ref.purpose(),
                JsonService.JSON
                        .createObjectNode()
                        .put("min_decryption_version", Math.max(least, key.leastDecrypting()))
                        .put("min_encryption_version", Math.max(least, key.leastEncrypting())));
        String path = path("keys", ref.purpose()) + "/trim";
        requireSuccess(
                path,
                vault.change("POST", path, JsonService.JSON.createObjectNode().put("min_available_version", least)));
        return KeyState.DESTROYED;
    }

    @Override
    public void close() {
        vault.close();
    }

    @Override
    public String toString() {
        return vault.toString();
    }

    private void configure(KeyPurpose purpose, ObjectNode body) {
        String path = path("keys", purpose) + "/config";
        requireSuccess(path, vault.change("POST", path, body));
    }

    private void requireSuccess(String path, Answer answer) {
        if (!answer.isSuccess()) {
            throw vault.refusal(answer, path);
        }
    }

    private void requireDerived(KeyPurpose purpose) {
        if (!checked.contains(purpose)) {
            int unused = key(purpose).newest();
        }
    }

    private Key key(KeyPurpose purpose) {
        String path = path("keys", purpose);
        Answer answer = vault.get(path);
        requireSuccess(path, answer);
        JsonNode data = answer.body().path("data");
        int newest = data.path("latest_version").asInt(0);
        if (newest < 1 || !data.path("derived").isBoolean()) {
            throw vault.notUnderstood(path);
        }
        if (!data.path("derived").asBoolean()
                || !data.path("type").asString("").equals("aes256-gcm96")
                || data.path("exportable").asBoolean(false)) {
            throw new SnagrDataException.Misconfigured("The key of Vault at " + path
                    + " must be of type aes256-gcm96, derived and not exportable: make another one, with "
                    + "vault write -f " + mount + "/keys/" + names.get(purpose)
                    + " type=aes256-gcm96 derived=true");
        }
        checked.add(purpose);
        return new Key(
                newest,
                data.path("min_decryption_version").asInt(0),
                data.path("min_encryption_version").asInt(0),
                data.path("min_available_version").asInt(0));
    }

    private ObjectNode sealed(WrappedKey wrapped, KeyContext context) {
        byte[] bytes = wrapped.bytes();
        if (bytes.length <= NONCE_AND_TAG) {
            throw new SnagrDataException.Unreadable();
        }
        return JsonService.JSON
                .createObjectNode()
                .put(
                        "ciphertext",
                        prefix(wrapped.wrappedBy()) + Base64.getEncoder().encodeToString(bytes))
                .put("context", encoded(context));
    }

    /** Of what was sent, only the wrapped key and its context can be wrong: the key itself has been looked at. */
    private Answer opened(String path, Answer answer) {
        if (answer.status() == 400) {
            throw new SnagrDataException.Unreadable();
        }
        requireSuccess(path, answer);
        return answer;
    }

    private byte[] ciphertext(String path, Answer answer, KeyRef kek) {
        requireSuccess(path, answer);
        String text = answer.body().path("data").path("ciphertext").asString("");
        String prefix = prefix(kek);
        if (!text.startsWith(prefix)) {
            throw vault.notUnderstood(path);
        }
        return Binary.of(text.substring(prefix.length()))
                .filter(bytes -> bytes.length > NONCE_AND_TAG)
                .orElseThrow(() -> vault.notUnderstood(path));
    }

    private static String prefix(KeyRef kek) {
        return "vault:v" + kek.version() + ":";
    }

    private String path(String operation, KeyPurpose purpose) {
        String name = names.get(purpose);
        if (name == null) {
            throw new SnagrDataException.Misconfigured("There is no key of Vault for " + purpose
                    + " here: this process was not given one, or must not need it");
        }
        return "/v1/" + mount + "/" + operation + "/" + name;
    }

    private static byte[] encoded(KeyContext context) {
        byte[] deployment = context.deployment().getBytes(StandardCharsets.UTF_8);
        byte[] owner = context.owner().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + deployment.length + owner.length)
                .putInt(deployment.length)
                .put(deployment)
                .putInt(owner.length)
                .put(owner)
                .array();
    }

    private record Key(int newest, int leastDecrypting, int leastEncrypting, int leastAvailable) {}
}

package ai.snagr.data.postgres.internal.keyservice;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.keyservice.JsonService.Answer;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.WrappedKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import tools.jackson.databind.JsonNode;

/**
 * Google Cloud KMS over its REST interface. Context, purpose and version are additional authenticated data, since a
 * ciphertext does not say its version. Rewrapping is decrypting and encrypting: the service has no call for both.
 *
 * @see <a href="https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys">The keys</a>
 */
public final class GoogleKms implements KeyService {
    private static final Pattern VERSION = Pattern.compile(".*/cryptoKeyVersions/([1-9][0-9]{0,8})");
    private static final Pattern SECONDS = Pattern.compile("([0-9]{1,12})(\\.[0-9]+)?s");

    private final JsonService google;
    private final Map<KeyPurpose, String> keys;
    private final InstantSource clock;

    /** @param keys their resource names, for each purpose that this process has */
    public GoogleKms(HttpSettings settings, Map<KeyPurpose, String> keys) {
        this.google = new JsonService(
                "Google Cloud KMS", settings, (request, token) -> request.header("Authorization", "Bearer " + token));
        this.keys = Map.copyOf(keys);
        this.clock = InstantSource.system();
    }

    @Override
    public int newest(KeyPurpose purpose) {
        String path = path(purpose);
        JsonNode primary = key(path).path("primary");
        Matcher version = VERSION.matcher(primary.path("name").asString(""));
        if (!version.matches()) {
            throw google.notUnderstood(path);
        }
        if (!primary.path("state").asString("").equals("ENABLED")) {
            throw new SnagrDataException.Misconfigured("The primary version of the key of Google Cloud KMS for "
                    + purpose + " is not enabled: make another version the primary one");
        }
        return Integer.parseInt(version.group(1));
    }

    @Override
    public byte[] encrypt(KeyRef kek, byte[] key, KeyContext context) {
        byte[] authenticated = encoded(kek, context);
        String path = versionPath(kek) + ":encrypt";
        Answer answer = google.ask(
                path,
                JsonService.JSON
                        .createObjectNode()
                        .put("plaintext", key)
                        .put("plaintextCrc32c", checksum(key))
                        .put("additionalAuthenticatedData", authenticated)
                        .put("additionalAuthenticatedDataCrc32c", checksum(authenticated)));
        requireSuccess(path, answer);
        byte[] wrapped = intact(path, answer.body(), "ciphertext");
        if (!answer.body().path("verifiedPlaintextCrc32c").asBoolean(false)
                || !answer.body()
                        .path("verifiedAdditionalAuthenticatedDataCrc32c")
                        .asBoolean(false)) {
            throw damaged(path);
        }
        return wrapped;
    }

    @Override
    public byte[] decrypt(WrappedKey wrapped, KeyContext context) {
        byte[] bytes = wrapped.bytes();
        if (bytes.length == 0) {
            throw new SnagrDataException.Unreadable();
        }
        byte[] authenticated = encoded(wrapped.wrappedBy(), context);
        String path = path(wrapped.wrappedBy().purpose()) + ":decrypt";
        Answer answer = google.ask(
                path,
                JsonService.JSON
                        .createObjectNode()
                        .put("ciphertext", bytes)
                        .put("ciphertextCrc32c", checksum(bytes))
                        .put("additionalAuthenticatedData", authenticated)
                        .put("additionalAuthenticatedDataCrc32c", checksum(authenticated)));
        if (answer.status() == 400) {
            throw new SnagrDataException.Unreadable();
        }
        requireSuccess(path, answer);
        return intact(path, answer.body(), "plaintext");
    }

    @Override
    public byte[] reencrypt(WrappedKey wrapped, KeyRef to, KeyContext context) {
        byte[] key = decrypt(wrapped, context);
        try {
            return encrypt(to, key, context);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    @Override
    public KeyState state(KeyRef ref) {
        String path = versionPath(ref);
        Answer answer = google.get(path);
        if (answer.status() == 404) {
            throw new SnagrDataException.Misconfigured("Google Cloud KMS has no key " + ref + " at " + path);
        }
        requireSuccess(path, answer);
        return state(path, answer);
    }

    @Override
    public void disable(KeyRef ref) {
        change(ref, "DISABLED");
    }

    @Override
    public void enable(KeyRef ref) {
        if (state(ref) == KeyState.DESTRUCTION_SCHEDULED) {
            String path = versionPath(ref) + ":restore";
            requireSuccess(path, google.change("POST", path, JsonService.JSON.createObjectNode()));
        }
        change(ref, "ENABLED");
    }

    /** The service waits as long as the key says, 30 days if nothing else was chosen; before that, it is only disabled. */
    @Override
    public KeyState destroy(KeyRef ref, Instant notBefore) {
        String key = path(ref.purpose());
        Matcher waits =
                SECONDS.matcher(key(key).path("destroyScheduledDuration").asString(""));
        if (!waits.matches()) {
            throw google.notUnderstood(key);
        }
        if (notBefore.isAfter(clock.instant().plus(Duration.ofSeconds(Long.parseLong(waits.group(1)))))) {
            disable(ref);
            return KeyState.DISABLED;
        }
        String path = versionPath(ref) + ":destroy";
        Answer answer = google.change("POST", path, JsonService.JSON.createObjectNode());
        requireSuccess(path, answer);
        return state(path, answer);
    }

    @Override
    public void close() {
        google.close();
    }

    @Override
    public String toString() {
        return google.toString();
    }

    private JsonNode key(String path) {
        Answer answer = google.get(path);
        requireSuccess(path, answer);
        return answer.body();
    }

    private void change(KeyRef ref, String state) {
        String path = versionPath(ref);
        requireSuccess(
                path,
                google.change(
                        "PATCH",
                        path + "?updateMask=state",
                        JsonService.JSON.createObjectNode().put("state", state)));
    }

    private KeyState state(String path, Answer answer) {
        return switch (answer.body().path("state").asString("")) {
            case "ENABLED" -> KeyState.ENABLED;
            case "DESTROY_SCHEDULED" -> KeyState.DESTRUCTION_SCHEDULED;
            case "DESTROYED" -> KeyState.DESTROYED;
            case "" -> throw google.notUnderstood(path);
            default -> KeyState.DISABLED;
        };
    }

    private void requireSuccess(String path, Answer answer) {
        if (!answer.isSuccess()) {
            throw google.refusal(answer, path);
        }
    }

    private byte[] intact(String path, JsonNode body, String field) {
        byte[] bytes = Binary.of(body.path(field)).orElseThrow(() -> google.notUnderstood(path));
        if (!body.path(field + "Crc32c").asString("").equals(checksum(bytes))) {
            throw damaged(path);
        }
        return bytes;
    }

    private static SnagrDataException damaged(String path) {
        return new SnagrDataException.Failed(
                ErrorCode.UNAVAILABLE,
                true,
                "What Google Cloud KMS was asked at " + path + " was damaged on the way",
                null);
    }

    private String path(KeyPurpose purpose) {
        String key = keys.get(purpose);
        if (key == null) {
            throw new SnagrDataException.Misconfigured("There is no key of Google Cloud KMS for " + purpose
                    + " here: this process was not given one, or must not need it");
        }
        return "/v1/" + key;
    }

    private String versionPath(KeyRef ref) {
        return path(ref.purpose()) + "/cryptoKeyVersions/" + ref.version();
    }

    /** As the interface writes numbers of 64 bits: as text. */
    private static String checksum(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return String.valueOf(checksum.getValue());
    }

    private static byte[] encoded(KeyRef kek, KeyContext context) {
        byte[] purpose = kek.purpose().name().getBytes(StandardCharsets.UTF_8);
        byte[] deployment = context.deployment().getBytes(StandardCharsets.UTF_8);
        byte[] owner = context.owner().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(16 + purpose.length + deployment.length + owner.length)
                .putInt(kek.version())
                .putInt(purpose.length)
                .put(purpose)
                .putInt(deployment.length)
                .put(deployment)
                .putInt(owner.length)
                .put(owner)
                .array();
    }
}

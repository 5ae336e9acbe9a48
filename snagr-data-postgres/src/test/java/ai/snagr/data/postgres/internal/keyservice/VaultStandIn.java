package ai.snagr.data.postgres.internal.keyservice;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The transit engine of Vault and OpenBao, as far as {@link VaultTransit} knows it, with their rules and their errors. */
final class VaultStandIn extends StandIn {
    private static final Pattern KEY = Pattern.compile("/v1/transit/keys/([\\w.-]+)(/config|/trim|/rotate)?");
    private static final Pattern USE = Pattern.compile("/v1/transit/(encrypt|decrypt|rewrap)/([\\w.-]+)");
    private static final Pattern CIPHERTEXT = Pattern.compile("vault:v([0-9]+):([A-Za-z0-9+/=]*)");

    private final Map<String, Key> keys = new HashMap<>();
    String token = "first token";
    String namespace = "team/data";

    VaultStandIn() throws IOException {}

    synchronized Key create(String name, int versions) {
        Key key = new Key();
        for (int version = 1; version <= versions; version++) {
            key.versions.add(randomKey());
        }
        keys.put(name, key);
        return key;
    }

    @Override
    Reply reply(String method, String path, Headers headers, JsonNode body) {
        if (!token.equals(headers.getFirst("X-Vault-Token"))
                || !namespace.equals(headers.getFirst("X-Vault-Namespace"))) {
            return refused();
        }
        Matcher use = USE.matcher(path);
        if (method.equals("POST") && use.matches()) {
            Key key = keys.get(use.group(2));
            return key == null ? error("encryption key not found") : key.use(use.group(1), body);
        }
        Matcher named = KEY.matcher(path);
        Key key = named.matches() ? keys.get(named.group(1)) : null;
        if (key == null) {
            return Reply.of(404, JSON.createObjectNode().set("errors", JSON.createArrayNode()));
        }
        if (method.equals("GET") && named.group(2) == null) {
            return key.read();
        }
        if (method.equals("POST") && "/config".equals(named.group(2))) {
            return key.configure(body);
        }
        if (method.equals("POST") && "/trim".equals(named.group(2))) {
            return key.trim(body.path("min_available_version").asInt());
        }
        return new Reply(405, new byte[0]);
    }

    @Override
    Reply overloaded() {
        return Reply.of(
                503,
                JSON.createObjectNode().set("errors", JSON.createArrayNode().add("Vault is sealed")));
    }

    @Override
    Reply refused() {
        return Reply.of(
                403,
                JSON.createObjectNode().set("errors", JSON.createArrayNode().add("permission denied")));
    }

    @Override
    Reply empty() {
        return Reply.of(
                200, JSON.createObjectNode().set("data", JSON.createObjectNode().put("canary", "canary")));
    }

    private static Reply error(String text) {
        return Reply.of(
                400,
                JSON.createObjectNode().set("errors", JSON.createArrayNode().add(text)));
    }

    private static Reply data(ObjectNode data) {
        return Reply.of(200, JSON.createObjectNode().set("data", data));
    }

    static final class Key {
        final List<byte[]> versions = new ArrayList<>();
        boolean derived = true;
        boolean exportable;
        private int leastDecrypting = 1;
        private int leastEncrypting;
        private int leastAvailable;

        private Reply read() {
            ObjectNode shown = JSON.createObjectNode();
            for (int version = leastDecrypting; version <= versions.size(); version++) {
                shown.put(String.valueOf(version), 1_700_000_000L);
            }
            ObjectNode data = JSON.createObjectNode()
                    .put("type", "aes256-gcm96")
                    .put("derived", derived)
                    .put("exportable", exportable)
                    .put("deletion_allowed", false)
                    .put("latest_version", versions.size())
                    .put("min_decryption_version", leastDecrypting)
                    .put("min_encryption_version", leastEncrypting)
                    .put("min_available_version", leastAvailable);
            data.set("keys", shown);
            return data(data);
        }

        private Reply configure(JsonNode body) {
            int decrypting = body.path("min_decryption_version").asInt(leastDecrypting);
            int encrypting = body.path("min_encryption_version").asInt(leastEncrypting);
            if (decrypting > versions.size() || encrypting > versions.size()) {
                return error("cannot set min version, latest key version is lower");
            }
            if (encrypting > 0 && encrypting < decrypting) {
                return error("cannot set min encryption/decryption values");
            }
            if ((leastAvailable > encrypting && leastAvailable > 0) || leastAvailable > decrypting) {
                return error("min version should not be less than min available version");
            }
            leastDecrypting = Math.max(1, decrypting);
            leastEncrypting = encrypting;
            return read();
        }

        private Reply trim(int least) {
            if (least < leastAvailable || least < 1) {
                return error("minimum available version cannot be decremented");
            }
            if (leastEncrypting == 0) {
                return error("minimum available version cannot be set when minimum encryption version is not set");
            }
            if (least > leastEncrypting || least > leastDecrypting) {
                return error("minimum available version cannot be greater than minimum decryption version");
            }
            leastAvailable = least;
            return read();
        }

        private Reply use(String operation, JsonNode body) {
            byte[] context = Base64.getDecoder().decode(body.path("context").asString(""));
            if (derived && context.length == 0) {
                return error("missing 'context' for key derivation");
            }
            byte[] plaintext;
            if (operation.equals("encrypt")) {
                plaintext = Base64.getDecoder().decode(body.path("plaintext").asString(""));
            } else {
                Matcher ciphertext = CIPHERTEXT.matcher(body.path("ciphertext").asString(""));
                if (!ciphertext.matches()) {
                    return error("invalid ciphertext: no prefix");
                }
                int version = Integer.parseInt(ciphertext.group(1));
                if (version > versions.size()) {
                    return error("invalid ciphertext: version is too new");
                }
                if (version < leastDecrypting) {
                    return error("ciphertext or signature version is disallowed by policy (too old)");
                }
                plaintext = decrypt(
                        derive(version, context),
                        new byte[0],
                        Base64.getDecoder().decode(ciphertext.group(2)));
                if (plaintext == null) {
                    return error("invalid ciphertext: unable to decrypt");
                }
            }
            if (operation.equals("decrypt")) {
                return data(JSON.createObjectNode().put("plaintext", plaintext));
            }
            int version = body.path("key_version").asInt(0);
            version = version == 0 ? versions.size() : version;
            if (version > versions.size()) {
                return error("requested version for encryption is higher than the latest key version");
            }
            if (version < leastEncrypting) {
                return error("requested version for encryption is less than the minimum encryption key version");
            }
            byte[] sealed = encrypt(derive(version, context), new byte[0], plaintext);
            return data(JSON.createObjectNode()
                    .put(
                            "ciphertext",
                            "vault:v" + version + ":" + Base64.getEncoder().encodeToString(sealed))
                    .put("key_version", version));
        }

        /** HKDF-SHA-256 with the context as info; without derivation the context is ignored, as Vault does. */
        private byte[] derive(int version, byte[] context) {
            if (!derived) {
                return versions.get(version - 1);
            }
            byte[] one = Arrays.copyOf(context, context.length + 1);
            one[context.length] = 1;
            return hmac(hmac(new byte[32], versions.get(version - 1)), one);
        }

        private static byte[] hmac(byte[] key, byte[] text) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                return mac.doFinal(text);
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }
}

package ai.snagr.data.postgres.internal.keyservice;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Google Cloud KMS over its REST interface, as far as {@link GoogleKms} knows it, with its states and its errors. */
final class GoogleStandIn extends StandIn {
    static final String RING = "projects/p/locations/europe-west3/keyRings/snagr/cryptoKeys/";
    private static final Pattern PATH =
            Pattern.compile("/v1/(" + RING + "[\\w-]+)(?:/cryptoKeyVersions/([0-9]+))?(:[a-z]+|\\?updateMask=state)?");

    private final Map<String, Key> keys = new HashMap<>();
    String token = "first token";
    boolean damaging;

    GoogleStandIn() throws IOException {}

    synchronized void create(String name, int versions) {
        Key key = new Key(RING + name);
        for (int version = 1; version <= versions; version++) {
            key.versions.add(new Version());
        }
        keys.put(key.name, key);
    }

    @Override
    Reply reply(String method, String path, Headers headers, JsonNode body) {
        if (!("Bearer " + token).equals(headers.getFirst("Authorization"))) {
            return refused();
        }
        Matcher matcher = PATH.matcher(path);
        Key key = matcher.matches() ? keys.get(matcher.group(1)) : null;
        int number = key == null || matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        if (key == null || number > key.versions.size()) {
            return error(404, "NOT_FOUND");
        }
        String action =
                method + (number == 0 ? " key" : " version") + (matcher.group(3) == null ? "" : matcher.group(3));
        return switch (action) {
            case "GET key" ->
                Reply.of(
                        200,
                        JSON.createObjectNode()
                                .put("name", key.name)
                                .put("purpose", "ENCRYPT_DECRYPT")
                                .put("destroyScheduledDuration", "2592000s")
                                .set("primary", shown(key, key.versions.size())));
            case "GET version" -> Reply.of(200, shown(key, number));
            case "POST version:encrypt" -> seal(key, number, body);
            case "POST key:decrypt" -> open(key, body);
            case "PATCH version?updateMask=state" ->
                change(key, number, body.path("state").asString(""), "ENABLED", "DISABLED");
            case "POST version:destroy" -> change(key, number, "DESTROY_SCHEDULED", "ENABLED", "DISABLED");
            case "POST version:restore" -> change(key, number, "DISABLED", "DESTROY_SCHEDULED");
            default -> error(404, "NOT_FOUND");
        };
    }

    @Override
    Reply overloaded() {
        return error(429, "RESOURCE_EXHAUSTED");
    }

    @Override
    Reply refused() {
        return error(401, "UNAUTHENTICATED");
    }

    @Override
    Reply empty() {
        return Reply.of(200, JSON.createObjectNode().put("canary", "canary"));
    }

    private Reply seal(Key key, int number, JsonNode body) {
        Version version = key.versions.get(number - 1);
        if (!version.state.equals("ENABLED")) {
            return error(400, "FAILED_PRECONDITION");
        }
        byte[] plaintext = binary(body, "plaintext");
        byte[] additional = binary(body, "additionalAuthenticatedData");
        byte[] sealed = encrypt(version.secret, additional, plaintext);
        return Reply.of(
                200,
                JSON.createObjectNode()
                        .put("name", key.name + "/cryptoKeyVersions/" + number)
                        .put("ciphertext", sealed)
                        .put("ciphertextCrc32c", checksum(sealed))
                        .put(
                                "verifiedPlaintextCrc32c",
                                body.path("plaintextCrc32c").asString("").equals(checksum(plaintext)))
                        .put(
                                "verifiedAdditionalAuthenticatedDataCrc32c",
                                body.path("additionalAuthenticatedDataCrc32c")
                                        .asString("")
                                        .equals(checksum(additional))));
    }

    /** The service finds the version by itself. */
    private Reply open(Key key, JsonNode body) {
        for (Version version : key.versions) {
            byte[] plaintext =
                    decrypt(version.secret, binary(body, "additionalAuthenticatedData"), binary(body, "ciphertext"));
            if (plaintext != null) {
                if (!version.state.equals("ENABLED")) {
                    return error(400, "FAILED_PRECONDITION");
                }
                String checksum = checksum(plaintext);
                if (damaging) {
                    plaintext[0] ^= 1;
                }
                return Reply.of(
                        200, JSON.createObjectNode().put("plaintext", plaintext).put("plaintextCrc32c", checksum));
            }
        }
        return error(400, "INVALID_ARGUMENT");
    }

    private static Reply change(Key key, int number, String next, String... from) {
        Version version = key.versions.get(number - 1);
        if (!List.of(from).contains(version.state)) {
            return error(400, "FAILED_PRECONDITION");
        }
        version.state = next;
        return Reply.of(200, shown(key, number));
    }

    private static ObjectNode shown(Key key, int number) {
        return JSON.createObjectNode()
                .put("name", key.name + "/cryptoKeyVersions/" + number)
                .put("state", key.versions.get(number - 1).state);
    }

    private static byte[] binary(JsonNode body, String field) {
        return Base64.getDecoder().decode(body.path(field).asString(""));
    }

    private static String checksum(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return String.valueOf(checksum.getValue());
    }

    private static Reply error(int code, String status) {
        ObjectNode error =
                JSON.createObjectNode().put("code", code).put("status", status).put("message", "canary of a message");
        return Reply.of(code, JSON.createObjectNode().set("error", error));
    }

    private static final class Key {
        private final String name;
        private final List<Version> versions = new ArrayList<>();

        Key(String name) {
            this.name = name;
        }
    }

    private static final class Version {
        private final byte[] secret = randomKey();
        private String state = "ENABLED";
    }
}

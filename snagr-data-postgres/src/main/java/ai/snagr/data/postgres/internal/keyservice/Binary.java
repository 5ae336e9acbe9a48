package ai.snagr.data.postgres.internal.keyservice;

import java.util.Base64;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Base64 in answers. */
final class Binary {
    private Binary() {}

    /** Empty if it is no text of one byte or more in Base64. The decoder's own error would print a character. */
    static Optional<byte[]> of(String text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    static Optional<byte[]> of(JsonNode node) {
        return of(node.asString(""));
    }
}

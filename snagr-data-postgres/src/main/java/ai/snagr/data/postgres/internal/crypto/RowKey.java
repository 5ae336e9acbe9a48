package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Which row a sealed value belongs to, known before the row is written. Two different rows of a table never have the same
 * key: the parts are joined with their lengths.
 */
public final class RowKey {
    private final byte[] bytes;

    private RowKey(byte[]... parts) {
        this.bytes = Bytes.joinWithLengths(parts);
    }

    /** The match's natural key, which an upsert keeps; its id is not known before. */
    public static RowKey ofMatch(SearchId search, String externalListingId) {
        return new RowKey(Bytes.of(search.value()), utf8(externalListingId));
    }

    public static RowKey ofPreferences(UserId user) {
        return new RowKey(Bytes.of(user.value()));
    }

    /** Not a copy: for reading within the room. */
    byte[] bytes() {
        return bytes;
    }

    // String.getBytes would turn every unpaired surrogate into the same question mark.
    private static byte[] utf8(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException unpairedSurrogate) {
            throw new IllegalArgumentException("An external listing id must not contain unpaired surrogates");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "RowKey[" + bytes.length + " bytes]";
    }
}

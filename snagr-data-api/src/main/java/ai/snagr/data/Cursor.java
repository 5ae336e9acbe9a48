package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * The place in a list where the next page begins: opaque, safe in a URL, and good only for the list, filter and user it
 * came from. It holds ids and sort values of the actor's own rows, no text of theirs.
 *
 * @param token 1 to 512 characters of {@code A-Z a-z 0-9 - _}
 */
public record Cursor(String token) {
    public Cursor {
        requireNonNull(token, "token");
        Check.of(Cursor.class)
                .that(token.matches("[A-Za-z0-9_-]{1,512}"), "token", "must be 1 to 512 characters of A-Z a-z 0-9 - _")
                .done();
    }
}

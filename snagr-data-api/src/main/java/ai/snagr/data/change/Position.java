package ai.snagr.data.change;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * How far somebody has followed the changes: opaque, and good only for whose feed it came from. It holds no personal data and
 * may be kept anywhere, such as beside what the changes led to, in the same transaction.
 *
 * @param token 1 to 65,536 characters of {@code A-Z a-z 0-9 - _}
 */
public record Position(String token) {
    private static final int LONGEST = 65_536;

    /** Of somebody who knows nothing yet. The first change behind it is {@link Change#EVERYTHING}. */
    public static final Position START = new Position("start");

    public Position {
        requireNonNull(token, "token");
        Check.of(Position.class)
                .that(
                        !token.isEmpty()
                                && token.length() <= LONGEST
                                && token.chars().allMatch(Position::isAllowed),
                        "token",
                        "must be 1 to 65536 characters of A-Z a-z 0-9 - _")
                .done();
    }

    private static boolean isAllowed(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
}

package ai.snagr.data.unlock;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * A message to the seller that the host proposes to the buyer; personal, so {@code toString} does not print it.
 *
 * @param text up to 2,000 characters, without a card number
 */
public record SuggestedMessage(String text) {
    public SuggestedMessage {
        requireNonNull(text, "text");
        Check.of(SuggestedMessage.class)
                .plainText(text, "text", 2_000)
                .noCardNumber(text, "text")
                .done();
    }

    public static SuggestedMessage of(String text) {
        return new SuggestedMessage(text);
    }

    @Override
    public String toString() {
        return "SuggestedMessage[" + text.length() + " characters]";
    }
}

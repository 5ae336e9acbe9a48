package ai.snagr.data;

import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Texts to try inputs with. */
public final class Texts {
    /** Stands in a value that is refused, and is then looked for in the message. */
    public static final String CANARY = "Canary7f3a";

    /** One character that counts as one, though it takes two {@code char}s. */
    public static final String ASTRAL = "\uD83D\uDE00";

    private Texts() {}

    /** Every character that must not be stored: controls, bidirectional controls, halves of a surrogate pair. */
    public static Stream<String> forbidden() {
        IntStream controls = IntStream.concat(IntStream.range(0, 0x20), IntStream.rangeClosed(0x7F, 0x9F))
                .filter(c -> c != '\t' && c != '\n' && c != '\r');
        IntStream bidirectional = IntStream.concat(
                IntStream.of(0x061C, 0x200E, 0x200F),
                IntStream.concat(IntStream.rangeClosed(0x202A, 0x202E), IntStream.rangeClosed(0x2066, 0x2069)));
        IntStream surrogates = IntStream.of(0xD800, 0xDBFF, 0xDC00, 0xDFFF);
        return IntStream.concat(IntStream.concat(controls, bidirectional), surrogates)
                .mapToObj(Character::toString);
    }

    public static String ofLength(int length) {
        return "x".repeat(length);
    }
}

package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.meta.CanIgnoreReturnValue;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How a value was refused: the problems it names, and that it repeats nothing it was given. */
public final class Refusal {
    private final SnagrDataException.InvalidInput refusal;

    private Refusal(SnagrDataException.InvalidInput refusal) {
        this.refusal = refusal;
    }

    public static Refusal of(ThrowingCallable construction) {
        SnagrDataException.InvalidInput refusal =
                catchThrowableOfType(SnagrDataException.InvalidInput.class, construction);
        assertThat(refusal).as("the refusal").isNotNull();
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_INPUT);
        assertThat(refusal.retryable()).isFalse();
        assertThat(refusal.getCause()).isNull();
        assertThat(refusal.problems())
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(refusal).hasMessageContaining(problem.toString()));
        return new Refusal(refusal);
    }

    /** Requires a problem for exactly these fields, each named once, in this order. */
    @CanIgnoreReturnValue
    public Refusal naming(String... fields) {
        assertThat(refusal.problems().stream().map(Problem::field).distinct()).containsExactly(fields);
        return this;
    }

    /** Requires that no word of the given text stands in the message, in whatever case. */
    @CanIgnoreReturnValue
    public Refusal hiding(String given) {
        assertThat(String.valueOf(refusal.getMessage()).toLowerCase(Locale.ROOT))
                .doesNotContain(given.toLowerCase(Locale.ROOT));
        return this;
    }

    /** Requires that the message begins with the name of the refused type. */
    @CanIgnoreReturnValue
    public Refusal ofType(Class<?> type) {
        assertThat(refusal).hasMessageStartingWith(type.getSimpleName() + " is not valid: ");
        return this;
    }
}

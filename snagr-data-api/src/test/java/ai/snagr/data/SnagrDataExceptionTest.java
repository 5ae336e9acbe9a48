package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Modifier;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnagrDataExceptionTest {
    @Test
    void invalidInput_problems_standInTheMessageInOrder() {
        SnagrDataException refusal = new SnagrDataException.InvalidInput(
                "NewMatch", List.of(new Problem("title", "must not be blank"), new Problem("price", "is needed")));

        assertThat(refusal).hasMessage("NewMatch is not valid: title must not be blank; price is needed");
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_INPUT);
        assertThat(refusal.retryable()).isFalse();
    }

    @Test
    void unreadable_saysNothingMore() {
        SnagrDataException unreadable = new SnagrDataException.Unreadable();

        assertThat(unreadable.code()).isEqualTo(ErrorCode.UNREADABLE);
        assertThat(unreadable).hasNoCause().hasMessage("A sealed value could not be opened");
    }

    @Test
    void subtypes_areFinal() {
        assertThat(SnagrDataException.class.getPermittedSubclasses())
                .isNotEmpty()
                .allMatch(type -> Modifier.isFinal(type.getModifiers()));
    }

    /** Frameworks that carry exceptions between processes serialize them. */
    @Test
    void invalidInput_serialized_keepsCodeAndMessage() throws IOException, ClassNotFoundException {
        SnagrDataException refusal =
                new SnagrDataException.InvalidInput("Page", List.of(new Problem("size", "must be between 1 and 200")));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(refusal);
        }

        Object read;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            read = in.readObject();
        }

        assertThat(read).isInstanceOfSatisfying(SnagrDataException.InvalidInput.class, copy -> {
            assertThat(copy.code()).isEqualTo(ErrorCode.INVALID_INPUT);
            assertThat(copy).hasMessage(refusal.getMessage());
            assertThat(copy.problems()).isEmpty();
        });
    }
}

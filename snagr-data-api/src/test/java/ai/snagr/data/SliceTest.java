package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SliceTest {
    private static final Cursor NEXT = new Cursor("next");

    @Test
    void empty_hasNoFirst() {
        assertThat(Slice.empty().isEmpty()).isTrue();
        assertThat(Slice.empty().next()).isEmpty();
        assertThatThrownBy(() -> Slice.empty().first()).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void map_keepsOrderAndCursor() {
        Slice<String> mapped = new Slice<>(List.of(2, 1), Optional.of(NEXT)).map(String::valueOf);

        assertThat(mapped).containsExactly("2", "1");
        assertThat(mapped.next()).contains(NEXT);
        assertThat(mapped.size()).isEqualTo(2);
        assertThat(mapped.first()).isEqualTo("2");
    }

    @Test
    void items_changedAfterwards_areNotShared() {
        List<String> items = new ArrayList<>(List.of("a"));
        Slice<String> slice = new Slice<>(items, Optional.empty());

        items.add("b");

        assertThat(slice.items()).containsExactly("a");
    }
}

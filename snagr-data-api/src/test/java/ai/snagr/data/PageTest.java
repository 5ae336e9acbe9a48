package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTest {
    @Test
    void first_hasNoCursor() {
        assertThat(Page.first(20).after()).isEmpty();
        assertThat(Page.after(new Cursor("abc"), 20).after()).contains(new Cursor("abc"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 200})
    void first_boundariesOfSize_areAccepted(int size) {
        assertThat(Page.first(size).size()).isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 201, Integer.MAX_VALUE})
    void first_otherSizes_areRefused(int size) {
        Refusal.of(() -> Page.first(size)).ofType(Page.class).naming("size");
    }
}

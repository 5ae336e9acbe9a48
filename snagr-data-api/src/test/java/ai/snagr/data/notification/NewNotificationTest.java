package ai.snagr.data.notification;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import ai.snagr.data.Texts;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NewNotificationTest {
    @Test
    void new_boundariesOfLength() {
        assertThat(notification(Texts.ofLength(10_000)).content()).hasSize(10_000);
        Refusal.of(() -> notification(Texts.ofLength(10_001)))
                .ofType(NewNotification.class)
                .naming("content");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n"})
    void new_blank_isRefused(String blank) {
        Refusal.of(() -> notification(blank)).naming("content");
    }

    @ParameterizedTest
    @MethodSource("ai.snagr.data.Texts#forbidden")
    void new_forbiddenCharacter_isRefused(String forbidden) {
        Refusal.of(() -> notification(Texts.CANARY + forbidden))
                .naming("content")
                .hiding(Texts.CANARY);
    }

    private static NewNotification notification(String content) {
        return new NewNotification(new UserId(new UUID(1, 2)), new SearchId(new UUID(3, 4)), Channel.EMAIL, content);
    }
}

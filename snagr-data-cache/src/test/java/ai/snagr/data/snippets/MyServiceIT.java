package ai.snagr.data.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.Page;
import ai.snagr.data.SnagrData;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.User;
import org.junit.jupiter.api.Test;

// region own-tests
@SnagrDataTest
class MyServiceIT {
    @Test
    void list_newUser_isEmpty(SnagrData data, Samples samples) {
        User user = samples.registeredUser(data);

        assertThat(data.as(Actor.user(user.id())).searches().list(Page.first(20)))
                .isEmpty();
    }
}
// endregion

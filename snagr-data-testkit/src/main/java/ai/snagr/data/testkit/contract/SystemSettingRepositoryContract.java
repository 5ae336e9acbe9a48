package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.admin.SystemSetting;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.user.UserId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings of the whole system: read by every actor, set by admins. */
@SnagrDataTest
public abstract class SystemSettingRepositoryContract {
    @Test
    void save_newName_isStored(SnagrData data) {
        Scene scene = new Scene(data);
        String name = freshName();

        SystemSetting saved = scene.admin().settings().save(name, "café 🎮\nline two");

        assertThat(saved.name()).isEqualTo(name);
        assertThat(saved.value()).isEqualTo("café 🎮\nline two");
        assertThat(scene.admin().settings().find(name)).contains(saved);
    }

    @Test
    void save_knownName_replacesTheValue(SnagrData data) {
        Scene scene = new Scene(data);
        SystemSetting first = scene.admin().settings().save(freshName(), "1");

        SystemSetting second = scene.admin().settings().save(first.name(), "");

        assertThat(second.value()).isEmpty();
        assertThat(second.updatedAt()).isAfter(first.updatedAt());
        assertThat(scene.admin().settings().find(first.name())).contains(second);
    }

    @Test
    void save_sameNameByManyThreads_keepsOneOfTheValues(SnagrData data) throws Exception {
        Scene scene = new Scene(data);
        String name = freshName();

        List<String> values = Race.run(
                8, i -> scene.admin().settings().save(name, "value " + i).value());

        assertThat(scene.admin().settings().find(name))
                .hasValueSatisfying(setting -> assertThat(setting.value()).isIn(values));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Upper", "with space", "semi;colon", "a\u0000b", "ä"})
    void save_badName_isRefused(String name, SnagrData data) {
        Scene scene = new Scene(data);

        assertFails(ErrorCode.INVALID_INPUT, () -> scene.admin().settings().save(name, "1"));
    }

    @Test
    void save_tooLongOrControlCharacters_isRefused(SnagrData data) {
        Scene scene = new Scene(data);

        assertFails(ErrorCode.INVALID_INPUT, () -> scene.admin().settings().save("a".repeat(101), "1"));
        assertFails(ErrorCode.INVALID_INPUT, () -> scene.admin().settings().save(freshName(), "x".repeat(2_001)));
        assertFails(ErrorCode.INVALID_INPUT, () -> scene.admin().settings().save(freshName(), "a\u0000b"));
        assertThat(scene.admin()
                        .settings()
                        .save("a".repeat(100), "x".repeat(2_000))
                        .value())
                .hasSize(2_000);
    }

    @Test
    void save_rolledBack_leavesNothing(SnagrData data) {
        Scene scene = new Scene(data);
        String name = freshName();

        assertThatThrownBy(() -> scene.admin().inTransaction(session -> {
                    SystemSetting saved = session.settings().save(name, "1");
                    assertThat(session.settings().find(name)).contains(saved);
                    throw new IllegalStateException("rolled back");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(scene.admin().settings().find(name)).isEmpty();
    }

    @Test
    void save_byAnotherActor_isDenied(SnagrData data) {
        Scene scene = new Scene(data);
        SystemSetting setting = scene.admin().settings().save(freshName(), "1");
        List<Session> others = new ArrayList<>(List.of(scene.as(scene.user())));
        for (ServiceRole role : ServiceRole.values()) {
            others.add(scene.service(role));
        }

        for (Session other : others) {
            assertFails(ErrorCode.ACCESS_DENIED, () -> other.settings().save(setting.name(), "2"));
            assertFails(ErrorCode.ACCESS_DENIED, () -> other.settings().save(freshName(), "2"));
        }
        assertThat(scene.admin().settings().find(setting.name())).contains(setting);
    }

    @Test
    void find_list_byEveryActor_seeTheSetting(SnagrData data) {
        Scene scene = new Scene(data);
        SystemSetting setting = scene.admin().settings().save(freshName(), "1");
        UserId alice = scene.user();
        List<Session> everybody = new ArrayList<>(List.of(scene.as(alice), scene.admin()));
        for (ServiceRole role : ServiceRole.values()) {
            everybody.add(scene.service(role));
            everybody.add(scene.service(role, alice));
        }

        for (Session session : everybody) {
            assertThat(session.settings().find(setting.name())).contains(setting);
            assertThat(session.settings().list()).contains(setting);
        }
    }

    @Test
    void find_absentOrImpossibleName_isEmpty(SnagrData data) {
        Scene scene = new Scene(data);
        Session alice = scene.as(scene.user());

        assertThat(alice.settings().find(freshName())).isEmpty();
        assertThat(alice.settings().find("")).isEmpty();
        assertThat(alice.settings().find("No such name; %")).isEmpty();
        assertThat(alice.settings().find("a\u0000b")).isEmpty();
    }

    @Test
    void list_always_isOrderedByName(SnagrData data) {
        Scene scene = new Scene(data);
        for (String end : List.of("z", "_", ".", "0", "a")) {
            scene.admin().settings().save(freshName() + end, "1");
        }

        assertThat(scene.as(scene.user()).settings().list())
                .isSortedAccordingTo(Comparator.comparing(SystemSetting::name));
    }

    private static String freshName() {
        return "test." + UUID.randomUUID().toString().replace("-", "_");
    }
}

package ai.snagr.data.admin;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import java.time.Instant;

/**
 * One setting of the whole system.
 *
 * @param name 1 to 100 characters of {@code a-z 0-9 . _}
 * @param value up to 2,000 characters; never a secret
 */
public record SystemSetting(String name, String value, Instant updatedAt) {
    public SystemSetting {
        requireNonNull(name, "name");
        requireNonNull(value, "value");
        requireNonNull(updatedAt, "updatedAt");
        Check.of(SystemSetting.class)
                .that(name.matches("[a-z0-9._]{1,100}"), "name", "must be 1 to 100 characters of a-z 0-9 . _")
                .plainText(value, "value", 2_000)
                .done();
    }
}

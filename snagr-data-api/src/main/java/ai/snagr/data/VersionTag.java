package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * Which state of a result was read, like the ETag of HTTP: equal tags of the same call mean that nothing in the result
 * has changed. It tells nothing about the content.
 *
 * @param value 1 to 64 characters of {@code a-z 0-9}
 */
public record VersionTag(String value) {
    public VersionTag {
        requireNonNull(value, "value");
        Check.of(VersionTag.class)
                .that(value.matches("[a-z0-9]{1,64}"), "value", "must be 1 to 64 characters of a-z 0-9")
                .done();
    }
}

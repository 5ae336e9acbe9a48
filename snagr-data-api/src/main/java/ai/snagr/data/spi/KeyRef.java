package ai.snagr.data.spi;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * Which key, and which version of it. It names a key and is none.
 *
 * @param version from 1; a higher one is newer
 */
public record KeyRef(KeyPurpose purpose, int version) {
    public KeyRef {
        requireNonNull(purpose, "purpose");
        Check.of(KeyRef.class).range(version, 1, Integer.MAX_VALUE, "version").done();
    }
}

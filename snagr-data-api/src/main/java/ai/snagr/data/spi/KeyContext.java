package ai.snagr.data.spi;

import static java.util.Objects.requireNonNull;

/**
 * What a wrapped key belongs to. It is authenticated with the key: unwrapping with another context fails.
 *
 * @param deployment which installation
 * @param owner whose key, such as a user's id
 */
public record KeyContext(String deployment, String owner) {
    public KeyContext {
        requireNonNull(deployment, "deployment");
        requireNonNull(owner, "owner");
    }
}

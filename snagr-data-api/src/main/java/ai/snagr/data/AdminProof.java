package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * What an admin gives, beyond having logged in, to show that it is he who acts: such as the code of his second factor, or
 * the token of the service that has just checked it. Only the host's {@link ai.snagr.data.spi.AdminGate} understands it.
 * {@code toString} does not print it.
 *
 * @param value 1 to 8,000 characters
 */
public record AdminProof(String value) {
    public AdminProof {
        requireNonNull(value, "value");
        Check.of(AdminProof.class).text(value, "value", 8_000).done();
    }

    @Override
    public String toString() {
        return "AdminProof[sensitive]";
    }
}

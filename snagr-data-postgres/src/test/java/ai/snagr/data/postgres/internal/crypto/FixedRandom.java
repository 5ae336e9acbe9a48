package ai.snagr.data.postgres.internal.crypto;

import java.security.SecureRandom;

/** A source of randomness that is stuck: it gives the same bytes each time. */
final class FixedRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final byte[] stuck;

    FixedRandom(byte[] stuck) {
        this.stuck = stuck.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
        System.arraycopy(stuck, 0, bytes, 0, bytes.length);
    }
}

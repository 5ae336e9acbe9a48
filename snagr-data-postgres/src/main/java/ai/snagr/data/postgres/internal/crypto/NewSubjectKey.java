package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;

/** A row for {@code subject_keys}. */
public record NewSubjectKey(UserId user, int keyId, WrappedKey wrapped) {
    static final int FIRST_KEY_ID = 1;
}

package ai.snagr.data.benchmarks;

import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.internal.crypto.FieldContext;
import ai.snagr.data.postgres.internal.crypto.NewSubjectKey;
import ai.snagr.data.postgres.internal.crypto.Sealer;
import ai.snagr.data.postgres.internal.crypto.SubjectKey;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.user.UserId;
import java.util.UUID;

/** Record format 1 as the store uses it: the key of a user from the cache, a key of its own for each record. */
final class OurRecords implements Records, AutoCloseable {
    private final KeyProvider keys = Keys.ephemeral();
    private final Sealer sealer = new Sealer(keys, UUID.randomUUID());
    private final SubjectKey key;
    private final FieldContext place;

    OurRecords() {
        UserId user = new UserId(UUID.randomUUID());
        NewSubjectKey made = sealer.newSubjectKey(user);
        this.key = sealer.open(user, made.keyId(), made.wrapped());
        this.place = FieldContext.phoneNumber(user);
    }

    @Override
    public byte[] seal(byte[] value) {
        return key.seal(place, value);
    }

    @Override
    public byte[] open(byte[] sealed) {
        return key.open(place, sealed);
    }

    @Override
    public void close() {
        sealer.close();
        keys.close();
    }
}

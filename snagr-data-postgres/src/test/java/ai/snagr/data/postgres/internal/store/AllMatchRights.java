package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.postgres.Capability;
import ai.snagr.data.postgres.internal.crypto.LockOpener;
import ai.snagr.data.spi.KeyProvider;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The rights of a process that does everything. */
public final class AllMatchRights {
    private AllMatchRights() {}

    /** For keys that stay open as long as it is used. */
    public static MatchRights of(KeyProvider keys, UUID deployment) {
        return new MatchRights(
                EnumSet.allOf(Capability.class), new LockOpener(keys, deployment), Set.of(), Optional.empty());
    }
}

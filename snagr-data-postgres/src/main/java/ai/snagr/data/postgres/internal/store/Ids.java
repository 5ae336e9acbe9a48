package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Makes the ids of new rows: UUID version 7, so that rows made together lie together in an index. */
final class Ids {
    static final int MOST = 1_000;

    private static final NoArgGenerator VERSION_7 = Generators.timeBasedEpochRandomGenerator();

    private Ids() {}

    static UUID next() {
        return VERSION_7.generate();
    }

    /** The ids as an array to bind. INVALID_INPUT if there are more than {@value #MOST}. */
    static <T> UUID[] array(String field, Collection<T> ids, Function<T, UUID> value) {
        if (ids.size() > MOST) {
            throw new SnagrDataException.InvalidInput(
                    "ids", List.of(new Problem(field, "must hold at most " + MOST + " ids")));
        }
        return ids.stream().map(value).toArray(UUID[]::new);
    }
}

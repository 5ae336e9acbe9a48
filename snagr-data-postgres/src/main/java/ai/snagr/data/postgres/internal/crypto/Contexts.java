package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;

/** Writes the place of a value as bytes: deployment, table, column, row and user, each after its length. */
final class Contexts {
    private final Map<SealedColumn, byte[]> untilColumn = new EnumMap<>(SealedColumn.class);

    Contexts(UUID deployment) {
        for (SealedColumn column : SealedColumn.values()) {
            untilColumn.put(column, Bytes.joinWithLengths(Bytes.of(deployment), column.table(), column.column()));
        }
    }

    byte[] encode(FieldContext context) {
        return Bytes.join(
                requireNonNull(untilColumn.get(context.column()), "every column"),
                Bytes.joinWithLengths(
                        context.row().bytes(), Bytes.of(context.user().value())));
    }
}

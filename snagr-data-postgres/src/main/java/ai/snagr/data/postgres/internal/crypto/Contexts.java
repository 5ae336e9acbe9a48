package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;

/** Writes the place of a value as bytes: deployment, table, column, row and user, each after its length. */
final class Contexts {
    private static final byte[] MATCH = Bytes.ascii("match");

    private final byte[] deployment;
    private final Map<SealedColumn, byte[]> untilColumn = new EnumMap<>(SealedColumn.class);

    Contexts(UUID deployment) {
        this.deployment = Bytes.of(deployment);
        for (SealedColumn column : SealedColumn.values()) {
            untilColumn.put(column, Bytes.joinWithLengths(this.deployment, column.table(), column.column()));
        }
    }

    byte[] encode(FieldContext context) {
        return Bytes.join(
                requireNonNull(untilColumn.get(context.column()), "every column"),
                Bytes.joinWithLengths(
                        context.row().bytes(), Bytes.of(context.user().value())));
    }

    byte[] encode(BatchContext context) {
        return Bytes.joinWithLengths(
                deployment,
                Bytes.ascii("batch_keys"),
                Bytes.ascii("sealed"),
                Bytes.joinWithLengths(Bytes.of(context.search().value()), Bytes.of(context.batch())),
                Bytes.of(context.user().value()));
    }

    byte[] encode(GrantContext context) {
        return Bytes.joinWithLengths(
                deployment,
                Bytes.ascii("unlocks"),
                Bytes.ascii("grant_key"),
                context.row(),
                Bytes.of(context.user().value()));
    }

    /** What the key of a match is derived for. */
    byte[] match(BatchContext batch, RowKey row) {
        return Bytes.join(
                MATCH,
                Bytes.joinWithLengths(
                        deployment,
                        Bytes.of(batch.batch()),
                        row.bytes(),
                        Bytes.of(batch.user().value())));
    }
}

package ai.snagr.data.postgres.internal.audit;

import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.postgres.internal.connect.StatementScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the trail as JSON Lines. The checkpoints are read first; with the last one's size each event is either one of the
 * tree or one beside it, whatever is sealed meanwhile.
 */
public final class TrailExport {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int PAGE = 5_000;

    private static final String EVENT =
            "e.id, (extract(epoch from e.created_at) * 1000000)::bigint, e.xid::text::bigint,"
                    + " e.actor, e.role, e.action, e.object, e.reason, e.outcome, e.request, encode(e.subject, 'hex')";

    private static final String NOTES = """
            select tree_size, note
            from snagr.audit_checkpoints
            where tree_size > :above
            order by tree_size
            limit 1000""";

    private static final String LEAVES = """
            select l.leaf_index, l.event_id, encode(l.leaf_hash, 'hex'), %s
            from snagr.audit_leaves l
            left join snagr.audit_events e on e.id = l.event_id
            where l.leaf_index >= :from and l.leaf_index < :size
            order by l.leaf_index
            limit %d""".formatted(EVENT, PAGE);

    private static final String OTHERS = """
            select null::bigint, null::uuid, null::text, %s
            from snagr.audit_events e
            where e.id > :after
              and not exists (select from snagr.audit_leaves l where l.event_id = e.id and l.leaf_index < :size)
            order by e.id
            limit %d""".formatted(EVENT, PAGE);

    private static final RowMapper<Row> ROW = (row, context) -> new Row(
            row.getObject(1, Long.class),
            row.getObject(2, UUID.class),
            row.getString(3),
            row.getObject(4, UUID.class) == null ? null : event(row));

    private final StatementScope statements;
    private final ActorContext auditor;
    private final String origin;

    public TrailExport(StatementScope statements, ActorContext auditor, String origin) {
        this.statements = statements;
        this.auditor = auditor;
        this.origin = origin;
    }

    public void write(Writer out) throws IOException {
        AuditLog.record(statements, auditor, AuditEntry.attempted(AuditAction.TRAIL_EXPORT, "audit_events"));
        try {
            new Lines(out).all();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static SealedEvent event(ResultSet row) throws SQLException {
        return new SealedEvent(
                row.getObject(4, UUID.class),
                row.getLong(5),
                row.getLong(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10),
                row.getString(11),
                row.getString(12),
                row.getString(13),
                row.getString(14));
    }

    private final class Lines {
        private final Writer out;
        private long count;

        Lines(Writer out) {
            this.out = out;
        }

        void all() {
            line(JSON.createObjectNode().put("type", "trail").put("format", 1).put("origin", origin));
            long size = 0;
            List<Note> notes;
            do {
                long above = size;
                notes = statements.run(
                        "audit.export",
                        auditor,
                        handle -> handle.createQuery(NOTES)
                                .bind("above", above)
                                .map((row, context) -> new Note(row.getLong(1), row.getString(2)))
                                .list());
                for (Note note : notes) {
                    line(JSON.createObjectNode().put("type", "checkpoint").put("note", note.text));
                    size = note.size;
                }
            } while (!notes.isEmpty());
            leaves(size);
            others(size);
            line(JSON.createObjectNode().put("type", "end").put("lines", count));
        }

        private void leaves(long size) {
            long next = 0;
            List<Row> rows;
            do {
                long from = next;
                rows = statements.run(
                        "audit.export",
                        auditor,
                        handle -> handle.createQuery(LEAVES)
                                .bind("from", from)
                                .bind("size", size)
                                .map(ROW)
                                .list());
                for (Row row : rows) {
                    line(json(row));
                    next = row.leaf == null ? next : row.leaf + 1;
                }
            } while (rows.size() == PAGE);
        }

        private void others(long size) {
            UUID last = new UUID(0, 0);
            List<Row> rows;
            do {
                UUID after = last;
                rows = statements.run(
                        "audit.export",
                        auditor,
                        handle -> handle.createQuery(OTHERS)
                                .bind("after", Binds.uuid(after))
                                .bind("size", size)
                                .map(ROW)
                                .list());
                for (Row row : rows) {
                    line(json(row));
                    last = row.event == null ? last : row.event.id();
                }
            } while (rows.size() == PAGE);
        }

        private ObjectNode json(Row row) {
            ObjectNode json = JSON.createObjectNode().put("type", row.event == null ? "leaf" : "event");
            if (row.leaf != null) {
                json.put("leaf", row.leaf)
                        .put("leafOf", String.valueOf(row.leafOf))
                        .put("hash", row.hash);
            }
            SealedEvent event = row.event;
            if (event != null) {
                json.put("id", event.id().toString())
                        .put("createdAtMicros", event.createdAtMicros())
                        .put("xid", event.xid())
                        .put("actor", event.actor())
                        .put("role", event.role())
                        .put("action", event.action())
                        .put("object", event.object())
                        .put("reason", event.reason())
                        .put("outcome", event.outcome())
                        .put("request", event.request())
                        .put("subject", event.subject());
            }
            return json;
        }

        private void line(ObjectNode json) {
            try {
                out.write(JSON.writeValueAsString(json));
                out.write('\n');
                count++;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private record Note(long size, String text) {}

    private record Row(
            @Nullable Long leaf,
            @Nullable UUID leafOf,
            @Nullable String hash,
            @Nullable SealedEvent event) {}
}

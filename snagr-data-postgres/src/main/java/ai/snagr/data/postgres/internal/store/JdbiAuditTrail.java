package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Page;
import ai.snagr.data.RequestId;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditEvent;
import ai.snagr.data.audit.AuditEventId;
import ai.snagr.data.audit.AuditOutcome;
import ai.snagr.data.audit.AuditTrail;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

final class JdbiAuditTrail implements AuditTrail {
    private static final int MAX_ACTOR_LENGTH = 200;

    private static final String COLUMNS =
            "id, created_at, actor, role, action, object, reason, outcome, request, encode(subject, 'hex')";
    private static final String AFTER = "and (created_at, id) < (:afterAt, :afterId)";
    private static final String NEWEST_FIRST = "order by created_at desc, id desc";

    private static final Map<String, AuditAction> ACTIONS =
            Arrays.stream(AuditAction.values()).collect(Collectors.toUnmodifiableMap(Rows::stored, action -> action));

    private static final RowMapper<AuditEvent> EVENT = (row, context) -> new AuditEvent(
            new AuditEventId(Rows.uuid(row, 1)),
            Rows.instant(row, 2),
            row.getString(3),
            row.getString(4),
            ACTIONS.getOrDefault(row.getString(5), AuditAction.OTHER),
            Rows.constant(row, 8, AuditOutcome.class),
            row.getString(6),
            row.getString(7),
            requestId(row.getString(9)),
            row.getString(10));

    private static final PagedSql LIST = new PagedSql("""
            select %s
            from snagr.audit_events
            where true""".formatted(COLUMNS), AFTER, NEWEST_FIRST);

    private static final PagedSql BY_ACTOR = new PagedSql("""
            select %s
            from snagr.audit_events
            where actor = :actor""".formatted(COLUMNS), AFTER, NEWEST_FIRST);

    private final Caller caller;

    JdbiAuditTrail(Caller caller) {
        this.caller = caller;
    }

    @Override
    public Slice<AuditEvent> list(Page page) {
        return list("audit.list", ListId.of("audit.list"), LIST, page, query -> query);
    }

    @Override
    public Slice<AuditEvent> listByActor(String actor, Page page) {
        Inputs.text("audit.listByActor", "actor", actor, MAX_ACTOR_LENGTH);
        ListId list = ListId.of("audit.listByActor", actor);
        return list("audit.listByActor", list, BY_ACTOR, page, query -> query.bind("actor", actor));
    }

    private static @Nullable RequestId requestId(@Nullable String stored) {
        try {
            return stored == null ? null : new RequestId(stored);
        } catch (
                SnagrDataException.InvalidInput
                        another) { // a role may write any text, and must not hide the rest by it
            return null;
        }
    }

    private Slice<AuditEvent> list(
            String operation, ListId list, PagedSql sql, Page page, UnaryOperator<Query> filter) {
        Optional<ListId.Position> after = list.position(page);
        List<AuditEvent> rows = caller.run(operation, handle -> {
            Query query = filter.apply(handle.createQuery(sql.forPage(page)));
            after.ifPresent(
                    position -> query.bind("afterAt", position.instant()).bind("afterId", position.id()));
            return query.map(EVENT).list();
        });
        return list.slice(
                page,
                rows,
                event -> ListId.Position.at(event.createdAt(), event.id().value()));
    }
}

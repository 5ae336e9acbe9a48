package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.audit.AuditEventId;
import ai.snagr.data.job.JobId;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.notification.NotificationId;
import ai.snagr.data.payment.PaymentId;
import ai.snagr.data.search.SavedSearchId;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.unlock.UnlockId;
import ai.snagr.data.user.UserId;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** The ids of the API, each a record around one {@code uuid}. */
final class IdTypes {
    private IdTypes() {}

    static void forEach(BiConsumer<Class<?>, Function<Object, Object>> action) {
        add(action, UserId.class, UserId::value);
        add(action, SearchId.class, SearchId::value);
        add(action, SavedSearchId.class, SavedSearchId::value);
        add(action, JobId.class, JobId::value);
        add(action, MatchId.class, MatchId::value);
        add(action, PaymentId.class, PaymentId::value);
        add(action, UnlockId.class, UnlockId::value);
        add(action, NotificationId.class, NotificationId::value);
        add(action, AuditEventId.class, AuditEventId::value);
    }

    private static <T> void add(
            BiConsumer<Class<?>, Function<Object, Object>> action, Class<T> type, Function<T, UUID> value) {
        action.accept(type, id -> value.apply(type.cast(id)));
    }
}

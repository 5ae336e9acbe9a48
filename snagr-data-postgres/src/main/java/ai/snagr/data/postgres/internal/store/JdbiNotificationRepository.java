package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.notification.NewNotification;
import ai.snagr.data.notification.Notification;
import ai.snagr.data.notification.NotificationId;
import ai.snagr.data.notification.NotificationLease;
import ai.snagr.data.notification.NotificationRepository;
import ai.snagr.data.notification.NotificationStatus;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

final class JdbiNotificationRepository implements NotificationRepository {
    private static final int MOST_AT_ONCE = 10_000;

    private static final String COLUMNS = "id, user_id, search_id, channel, status, content, created_at, sent_at";

    private static final RowMapper<Notification> NOTIFICATION = (row, context) -> notification(row);

    private static final RowMapper<Claimed> CLAIMED =
            (row, context) -> new Claimed(notification(row), Rows.uuid(row, 9), row.getInt(10), Rows.instant(row, 11));

    // All rows have the time of the statement, so one of them says it, and no content travels back.
    private static final String CREATE_ALL = """
            with made as (
              insert into snagr.notifications (user_id, id, search_id, channel, status, content)
              select given.user_id, given.id, given.search_id, given.channel, 'pending', given.content
              from unnest(:userIds, :ids, :searchIds, :channels, :contents)
                as given (user_id, id, search_id, channel, content)
              returning created_at
            )
            select min(created_at) from made""";

    private static final String BY_ID = """
            select %s
            from snagr.notifications
            where user_id = :userId and id = :id""".formatted(COLUMNS);

    private static final NewestFirst<Notification> LIST = new NewestFirst<>(
            "notifications.list",
            new PagedSql(
                    """
                    select %s
                    from snagr.notifications
                    where user_id = :userId""".formatted(COLUMNS),
                    "and (created_at, id) < (:afterAt, :afterId)",
                    "order by created_at desc, id desc"),
            NOTIFICATION,
            notification -> ListId.Position.at(
                    notification.createdAt(), notification.id().value()));

    private static final String CLAIM = claim("");

    private static final String CLAIM_OF_USER = claim("and user_id = :userId");

    private static final String ACKNOWLEDGE = """
            update snagr.notifications
            set status = 'sent', sent_at = statement_timestamp(), lease_token = null
            where user_id = :userId and id = :id and lease_token = :token and status = 'pending'
            returning %s""".formatted(COLUMNS);

    private static final String RETRY = """
            update snagr.notifications
            set status = case when attempts >= %d then 'failed' else 'pending' end,
                available_at = statement_timestamp() + :pauseMillis * interval '1 millisecond',
                lease_token = null
            where user_id = :userId and id = :id and lease_token = :token and status = 'pending'
            returning %s""".formatted(MAX_ATTEMPTS, COLUMNS);

    private final Caller caller;

    JdbiNotificationRepository(Caller caller) {
        this.caller = caller;
    }

    @Override
    public List<Notification> createAll(Collection<NewNotification> notifications) {
        List<NewNotification> given = List.copyOf(notifications);
        Inputs.atMost("notifications.createAll", "notifications", given.size(), MOST_AT_ONCE);
        if (given.isEmpty()) {
            return List.of();
        }
        caller.context().subject().ifPresent(user -> requireAllOf(user, given));
        UUID[] ids = given.stream().map(notification -> Ids.next()).toArray(UUID[]::new);
        Instant createdAt = caller.run(
                "notifications.createAll",
                handle -> handle.createQuery(CREATE_ALL)
                        .bind(
                                "userIds",
                                array(
                                        given,
                                        notification -> notification.userId().value()))
                        .bind("ids", ids)
                        .bind(
                                "searchIds",
                                array(
                                        given,
                                        notification -> notification.searchId().value()))
                        .bind("channels", texts(given, notification -> Rows.stored(notification.channel())))
                        .bind("contents", texts(given, NewNotification::content))
                        .map((row, context) -> Rows.instant(row, 1))
                        .one());
        List<Notification> stored = new ArrayList<>(ids.length);
        for (int i = 0; i < ids.length; i++) {
            stored.add(pending(new NotificationId(ids[i]), given.get(i), createdAt));
        }
        return List.copyOf(stored);
    }

    @Override
    public Optional<Notification> find(NotificationId id) {
        UserId user = caller.user("notifications.find");
        return caller.run(
                "notifications.find",
                handle -> handle.createQuery(BY_ID)
                        .bind("userId", user.value())
                        .bind("id", id.value())
                        .map(NOTIFICATION)
                        .findOne());
    }

    @Override
    public Slice<Notification> list(Page page) {
        UserId user = caller.user("notifications.list");
        return LIST.read(caller, page, Map.of("userId", user.value()));
    }

    @Override
    public List<NotificationLease> claim(Duration lease, int limit) {
        long millis = Inputs.leaseMillis("notifications.claim", lease);
        Inputs.claimLimit("notifications.claim", limit);
        List<Claimed> claimed;
        List<NotificationLease> leases;
        do {
            claimed = claimOnce(millis, limit);
            leases = claimed.stream().flatMap(row -> row.lease().stream()).toList();
            // Where all that waited longest were given up, others may still wait behind them.
        } while (leases.isEmpty() && !claimed.isEmpty());
        return leases;
    }

    private List<Claimed> claimOnce(long leaseMillis, int limit) {
        Optional<UserId> user = caller.context().subject();
        return caller.run("notifications.claim", handle -> {
            Query query = handle.createQuery(user.isPresent() ? CLAIM_OF_USER : CLAIM)
                    .bind("limit", limit)
                    .bind("leaseMillis", leaseMillis);
            user.ifPresent(id -> query.bind("userId", id.value()));
            return query.map(CLAIMED).list();
        });
    }

    @Override
    public Notification acknowledge(NotificationLease lease) {
        return end("notifications.acknowledge", ACKNOWLEDGE, lease, query -> query);
    }

    @Override
    public Notification retry(NotificationLease lease, Duration pause) {
        long millis = Inputs.pauseMillis("notifications.retry", pause);
        return end("notifications.retry", RETRY, lease, query -> query.bind("pauseMillis", millis));
    }

    private Notification end(String operation, String sql, NotificationLease lease, UnaryOperator<Query> binds) {
        Notification leased = lease.notification();
        requireOwn(leased);
        return caller.run(
                        operation,
                        handle -> binds.apply(handle.createQuery(sql)
                                        .bind("userId", leased.userId().value())
                                        .bind("id", leased.id().value())
                                        .bind("token", lease.token()))
                                .map(NOTIFICATION)
                                .findOne())
                .orElseThrow(() -> lost(leased));
    }

    /** A service on behalf of one user holds no lease on another's notification. */
    private void requireOwn(Notification leased) {
        if (caller.context()
                .subject()
                .filter(user -> !user.equals(leased.userId()))
                .isPresent()) {
            throw lost(leased);
        }
    }

    private static SnagrDataException lost(Notification leased) {
        return new SnagrDataException.Conflict(
                ErrorCode.LEASE_LOST,
                "The lease on notification " + leased.id()
                        + " was taken over by another sender, or the notification has"
                        + " ended: do not send it again");
    }

    private static void requireAllOf(UserId user, List<NewNotification> given) {
        given.stream()
                .filter(notification -> !notification.userId().equals(user))
                .findFirst()
                .ifPresent(other -> {
                    throw Missing.row("search", other.searchId());
                });
    }

    private static String claim(String filter) {
        return """
            with waiting as materialized (
              select user_id, id, available_at
              from snagr.notifications
              where status = 'pending' and available_at <= statement_timestamp() %2$s
              order by available_at, id
              limit :limit
              for update skip locked
            ),
            claimed as (
              update snagr.notifications n
              set status = case when n.attempts >= %1$d then 'failed' else 'pending' end,
                  lease_token = case when n.attempts >= %1$d then null else gen_random_uuid() end,
                  attempts = least(n.attempts + 1, %1$d),
                  available_at = statement_timestamp() + :leaseMillis * interval '1 millisecond'
              from waiting
              where n.user_id = waiting.user_id and n.id = waiting.id
              returning
                n.id, n.user_id, n.search_id, n.channel, n.status, n.content, n.created_at, n.sent_at,
                n.lease_token, n.attempts, n.available_at, waiting.available_at as waiting_since
            )
            select id, user_id, search_id, channel, status, content, created_at, sent_at,
              lease_token, attempts, available_at
            from claimed
            order by waiting_since, id""".formatted(MAX_ATTEMPTS, filter);
    }

    private static UUID[] array(List<NewNotification> given, Function<NewNotification, UUID> value) {
        return given.stream().map(value).toArray(UUID[]::new);
    }

    private static String[] texts(List<NewNotification> given, Function<NewNotification, String> value) {
        return given.stream().map(value).toArray(String[]::new);
    }

    private static Notification pending(NotificationId id, NewNotification given, Instant createdAt) {
        return new Notification(
                id,
                given.userId(),
                given.searchId(),
                given.channel(),
                NotificationStatus.PENDING,
                given.content(),
                createdAt,
                null);
    }

    private static Notification notification(ResultSet row) throws SQLException {
        return new Notification(
                new NotificationId(Rows.uuid(row, 1)),
                new UserId(Rows.uuid(row, 2)),
                new SearchId(Rows.uuid(row, 3)),
                Rows.constant(row, 4, Channel.class),
                Rows.constant(row, 5, NotificationStatus.class),
                row.getString(6),
                Rows.instant(row, 7),
                Rows.instantOrNull(row, 8));
    }

    /**
     * What a claim did to one notification.
     *
     * @param token absent if its last try fell silent, so that it was given up
     */
    private record Claimed(
            Notification notification, @Nullable UUID token, int attempt, Instant expiresAt) {
        Optional<NotificationLease> lease() {
            return Optional.ofNullable(token)
                    .map(given -> new NotificationLease(notification, given, attempt, expiresAt));
        }
    }
}

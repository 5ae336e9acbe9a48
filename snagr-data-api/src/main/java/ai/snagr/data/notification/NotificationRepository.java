package ai.snagr.data.notification;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Messages. A user reads his own; NOTIFIER writes, leases and acknowledges those of all users. */
public interface NotificationRepository {
    /** How many tries a notification has before it is given up. */
    int MAX_ATTEMPTS = 5;

    /**
     * Stores the notifications, pending, in one statement: all or none. For NOTIFIER.
     *
     * @param notifications at most 10,000
     * @return as stored, in the order given; empty for none
     * @throws SnagrDataException NOT_FOUND if one of them names a search that its user does not have
     */
    @CanIgnoreReturnValue
    List<Notification> createAll(Collection<NewNotification> notifications);

    /** The notification, or empty if the actor sees none with this id. */
    Optional<Notification> find(NotificationId id);

    /**
     * The notifications of the user that the actor stands for, newest first; an empty slice when there are none.
     *
     * @return ordered by (createdAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list
     */
    Slice<Notification> list(Page page);

    /**
     * Leases notifications that wait, or whose sender fell silent, longest waiting first, skipping those that other nodes
     * are claiming. One whose last try fell silent too is given up instead. For NOTIFIER.
     *
     * @param lease 1 second to 24 hours
     * @param limit 1 to 1,000
     * @return one lease per notification; empty when nothing waits
     */
    List<NotificationLease> claim(Duration lease, int limit);

    /**
     * The notification, sent. For NOTIFIER.
     *
     * @throws SnagrDataException LEASE_LOST if it was claimed by another or ended otherwise
     */
    @CanIgnoreReturnValue
    Notification acknowledge(NotificationLease lease);

    /**
     * The notification: pending again with the pause, or failed if this was try {@value #MAX_ATTEMPTS}. For NOTIFIER.
     *
     * @param pause 0 to 7 days
     * @throws SnagrDataException LEASE_LOST if it was claimed by another or ended otherwise
     */
    @CanIgnoreReturnValue
    Notification retry(NotificationLease lease, Duration pause);
}

package ai.snagr.data.benchmarks;

import ai.snagr.data.payment.VerifiedPayment;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A payment and what it opens, as three statements of one transaction: the payment, the unlock, the match frozen. The rows
 * are those that this library writes, down to the event and the kind of ids. Whether the payment was begun before, for this
 * match and with this amount, is looked up by nobody here; the unique keys refuse a second one.
 */
final class ThreeStatements {
    private static final String CONTEXT = Peer.CONTEXT.replace("snagr_user", "snagr_payments");

    private static final String PAYMENT = """
            insert into snagr.payments
              (user_id, id, match_id, stripe_payment_id, stripe_event_id, amount_minor, currency, status, completed_at)
            values (?, ?, ?, ?, ?, ?, ?, 'completed', now())""";

    private static final String UNLOCK =
            "insert into snagr.unlocks (user_id, id, match_id, payment_id) values (?, ?, ?, ?) returning unlocked_at";

    private static final String FREEZE = "update snagr.matches set frozen = true where user_id = ? and id = ?";

    private final HikariDataSource pool;
    private final boolean bound;

    private ThreeStatements(HikariDataSource pool, boolean bound) {
        this.pool = pool;
        this.bound = bound;
    }

    /** As the role of the payments, which a statement before the three says, as row-level security needs it. */
    static ThreeStatements bound(HikariDataSource pool) {
        return new ThreeStatements(pool, true);
    }

    /** As a login that no policy binds. */
    static ThreeStatements unbound(HikariDataSource pool) {
        return new ThreeStatements(pool, false);
    }

    UUID unlock(VerifiedPayment paid) throws SQLException {
        UUID user = paid.userId().value();
        UUID match = paid.matchId().value();
        UUID payment = newId();
        UUID unlock = newId();
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            if (bound) {
                try (PreparedStatement context = connection.prepareStatement(CONTEXT)) {
                    context.setString(1, Peer.claims(user).replace("snagr_user", "snagr_payments"));
                    context.execute();
                }
            }
            try (PreparedStatement statement = connection.prepareStatement(PAYMENT)) {
                statement.setObject(1, user);
                statement.setObject(2, payment);
                statement.setObject(3, match);
                statement.setString(4, paid.stripeId().value());
                statement.setString(5, paid.eventId().value());
                statement.setLong(6, paid.amount().minorUnits());
                statement.setString(7, paid.amount().currency());
                one(statement.executeUpdate());
            }
            try (PreparedStatement statement = connection.prepareStatement(UNLOCK)) {
                statement.setObject(1, user);
                statement.setObject(2, unlock);
                statement.setObject(3, match);
                statement.setObject(4, payment);
                if (!statement.executeQuery().next()) {
                    throw new IllegalStateException("nothing was unlocked");
                }
            }
            try (PreparedStatement statement = connection.prepareStatement(FREEZE)) {
                statement.setObject(1, user);
                statement.setObject(2, match);
                one(statement.executeUpdate());
            }
            connection.commit();
            connection.setAutoCommit(true);
        }
        return unlock;
    }

    /** UUID version 7: the time in front, so that rows made together lie together. */
    private static UUID newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                System.currentTimeMillis() << 16 | 0x7000 | random.nextInt(0x1000), 1L << 63 | random.nextLong() >>> 2);
    }

    private static void one(int changed) {
        if (changed != 1) {
            throw new IllegalStateException(changed + " rows instead of one");
        }
    }
}

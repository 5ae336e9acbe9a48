package ai.snagr.data.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;

/** A payment and what it opens, as three statements of one transaction: the payment, the unlock, the match frozen. */
final class ThreeStatements {
    private static final String CONTEXT = Peer.CONTEXT.replace("snagr_user", "snagr_payments");

    private static final String PAYMENT = """
            insert into snagr.payments
              (user_id, id, match_id, stripe_payment_id, amount_minor, currency, status, completed_at)
            values (?, ?, ?, ?, ?, ?, 'completed', now())""";

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

    UUID unlock(UUID user, UUID match) throws SQLException {
        UUID payment = UUID.randomUUID();
        UUID unlock = UUID.randomUUID();
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
                statement.setString(4, "pi_" + payment.toString().replace("-", ""));
                statement.setLong(5, 499);
                statement.setString(6, "EUR");
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

    private static void one(int changed) {
        if (changed != 1) {
            throw new IllegalStateException(changed + " rows instead of one");
        }
    }
}

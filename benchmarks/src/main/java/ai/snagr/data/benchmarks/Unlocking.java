package ai.snagr.data.benchmarks;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.unlock.Unlock;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;

/**
 * Payment and unlock: one call of this library, in one statement, against the same three rows written by three statements
 * of one transaction, as it is usually done; with the context that row-level security needs said in that transaction, and
 * without any. Each operation has a match and a paid event of its own, whose signature was checked before.
 */
final class Unlocking {
    private static final int UNLOCKED_BEFORE = 3_000;

    private static final String MATCHES = """
            select id
            from snagr.matches
            where user_id = ? and search_id = ?
            order by relevance_score desc, id desc
            limit ?""";

    private Unlocking() {}

    static List<Metric> measure(Marketplace marketplace, Effort effort) throws Exception {
        int operations = Math.max(10, effort.operations() / 10);
        Queue<VerifiedPayment> payments =
                payments(marketplace, UNLOCKED_BEFORE + 3 * operations * (effort.warmUpRounds() + effort.rounds()));
        try (HikariDataSource unbound = Marketplace.pool(marketplace.unbound(), 1);
                HikariDataSource bound = Marketplace.pool(marketplace.peer(), 1)) {
            ThreeStatements three = ThreeStatements.bound(bound);
            ThreeStatements withoutRls = ThreeStatements.unbound(unbound);
            // Plans made for empty tables would be measured, not the statements.
            for (int i = 0; i < UNLOCKED_BEFORE; i++) {
                UUID ignored = withoutRls.unlock(payments.remove());
            }
            marketplace.analyze();
            PairedRounds rounds = new PairedRounds(Optional.empty())
                    .variant("ours", () -> unlock(marketplace, payments.remove()))
                    .variant("three", () -> three.unlock(payments.remove()))
                    .variant("without rls", () -> withoutRls.unlock(payments.remove()))
                    .run(effort.warmUpRounds(), effort.rounds(), operations);
            return List.of(
                    Metric.atMost(0.6, "ratio", "unlock_vs_three_statements", rounds.ratio("ours", "three")),
                    Metric.atMost(
                            0.6,
                            "ratio",
                            "unlock_vs_three_statements_without_rls",
                            rounds.ratio("ours", "without rls")));
        }
    }

    private static Unlock unlock(Marketplace marketplace, VerifiedPayment payment) {
        return marketplace
                .data()
                .as(Actor.service(ServiceRole.PAYMENTS).onBehalfOf(payment.userId()))
                .unlocks()
                .unlock(payment.matchId(), payment);
    }

    private static Queue<VerifiedPayment> payments(Marketplace marketplace, int number) throws SQLException {
        List<MatchId> matches = new ArrayList<>();
        try (Connection admin = marketplace.database().adminConnection();
                PreparedStatement statement = admin.prepareStatement(MATCHES)) {
            statement.setObject(1, marketplace.user().value());
            statement.setObject(2, marketplace.search().id().value());
            statement.setInt(3, number);
            ResultSet rows = statement.executeQuery();
            while (rows.next()) {
                matches.add(new MatchId(rows.getObject(1, UUID.class)));
            }
        }
        Queue<VerifiedPayment> payments = new ArrayDeque<>();
        for (MatchId match : matches) {
            payments.add(marketplace.samples().verifiedPayment(marketplace.user(), match));
        }
        return payments;
    }
}

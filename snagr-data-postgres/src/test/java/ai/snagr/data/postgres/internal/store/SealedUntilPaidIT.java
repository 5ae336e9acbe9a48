package ai.snagr.data.postgres.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.search.Search;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.UserId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Matches under batches, against one who can write every table and passes every check of state. */
@SnagrDataTest
final class SealedUntilPaidIT {
    private static final String PAST_TRIGGERS = "set session_replication_role = replica; ";

    @Test
    void reveal_everyCheckOfStatePassed_opensOnlyWhatWasPaidFor(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        List<Match> matches = samples.matches(data, samples.search(data.as(Actor.user(alice))), 50);
        Unlock paid = samples.unlock(data, alice, matches.get(0).id());
        run(database, PAST_TRIGGERS + """
            insert into snagr.unlocks (user_id, id, match_id, payment_id, grant_key)
            select m.user_id, gen_random_uuid(), m.id, u.payment_id, u.grant_key
            from snagr.matches m
            join snagr.unlocks u on u.user_id = m.user_id
            where u.match_id = '%1$s' and m.id <> u.match_id\
            """.formatted(paid.matchId()));

        for (String forgery : List.of(
                "select",
                "update snagr.unlocks set grant_key = null where match_id <> '%s'",
                "update snagr.matches m set batch_id = null, seller_info = set_byte(seller_info, 3, 0),"
                        + " listing_url = set_byte(listing_url, 3, 0) where id <> '%s' and search_id = '%s'")) {
            run(
                    database,
                    PAST_TRIGGERS
                            + forgery.formatted(paid.matchId(), matches.get(0).searchId()));
            for (Match unpaid : matches.subList(1, matches.size())) {
                assertThat(refusal(data, alice, unpaid)).isEqualTo(ErrorCode.UNREADABLE);
            }
        }
        assertThat(reveal(data, paid).match().id()).isEqualTo(paid.matchId());
    }

    @Test
    void unlocks_standingWithoutItsGrant_areRefusedByTheDatabase(
            SnagrData data, Samples samples, TestDatabase database) {
        UserId alice = samples.registeredUser(data).id();
        Unlock paid = samples.unlockedMatch(data, alice);

        assertThatThrownBy(
                        () -> run(database, "update snagr.unlocks set grant_key = null where id = '" + paid.id() + "'"))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("23514");
        assertThat(reveal(data, paid).match().id()).isEqualTo(paid.matchId());
    }

    @Test
    void unlock_afterARefund_hasANewGrant(SnagrData data, Samples samples, TestDatabase database) throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Unlock first = samples.unlockedMatch(data, alice);
        var payments =
                data.as(Actor.service(ServiceRole.PAYMENTS).onBehalfOf(alice)).payments();
        payments.beginRefund(payments.get(first.paymentId()).stripeId());
        assertThat(one(database, "select grant_key is null from snagr.unlocks where id = '" + first.id() + "'"))
                .isEqualTo("t");

        Unlock second = samples.unlock(data, alice, first.matchId());

        assertThat(second.paymentId()).isNotEqualTo(first.paymentId());
        assertThat(reveal(data, second).match().id()).isEqualTo(first.matchId());
    }

    @Test
    void reveal_olderBytesPutBack_isUnreadable(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Search search = samples.search(data.as(Actor.user(alice)));
        JobLease lease = samples.claimedJob(data, search);
        NewMatch listing = samples.newMatch();
        write(data, lease, listing);
        run(
                database,
                "create table public.older_" + lease.jobId().toString().replace("-", "")
                        + " as select seller_info, listing_url, batch_id from snagr.matches where search_id = '"
                        + search.id()
                        + "'");
        write(data, lease, listing.withPrice(Money.of(7, "USD")));
        Match match = first(data, alice, search);
        Unlock paid = samples.unlock(data, alice, match.id());
        assertThat(reveal(data, paid).match().id()).isEqualTo(match.id());

        run(
                database,
                PAST_TRIGGERS + "update snagr.matches set (seller_info, listing_url, batch_id) = (select"
                        + " seller_info, listing_url, batch_id from public.older_"
                        + lease.jobId().toString().replace("-", "") + ") where id = '" + match.id() + "'");

        assertThat(refusal(data, alice, match)).isEqualTo(ErrorCode.UNREADABLE);
    }

    @Test
    void upsertAll_ofAnUnlockedMatch_keepsWhatWasPaidFor(SnagrData data, Samples samples) {
        UserId alice = samples.registeredUser(data).id();
        Search search = samples.search(data.as(Actor.user(alice)));
        JobLease lease = samples.claimedJob(data, search);
        NewMatch listing = samples.newMatch();
        write(data, lease, listing);
        Unlock paid = samples.unlock(data, alice, first(data, alice, search).id());
        RevealedMatch before = reveal(data, paid);

        write(data, lease, listing.withPrice(Money.of(7, "USD")));

        RevealedMatch after = reveal(data, paid);
        assertThat(after.match().price()).isEqualTo(Money.of(7, "USD"));
        assertThat(after.listingUrl().expose()).isEqualTo(before.listingUrl().expose());
        assertThat(after.seller().expose()).isEqualTo(before.seller().expose());
    }

    @Test
    void unlock_batchKeyGone_isUnreadableAndStoresNothing(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Match match = samples.matches(data, samples.search(data.as(Actor.user(alice))), 1)
                .get(0);
        run(database, "delete from snagr.batch_keys where user_id = '" + alice + "'");

        SnagrDataException failure =
                catchThrowableOfType(SnagrDataException.class, () -> samples.unlock(data, alice, match.id()));

        assertThat(failure.code()).isEqualTo(ErrorCode.UNREADABLE);
        assertThat(one(database, "select count(*) from snagr.payments where user_id = '" + alice + "'"))
                .isEqualTo("0");
    }

    private static void write(SnagrData data, JobLease lease, NewMatch listing) {
        data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(lease.userId()))
                .matches()
                .upsertAll(lease, Stream.of(listing));
    }

    private static Match first(SnagrData data, UserId user, Search search) {
        return data.as(Actor.user(user))
                .matches()
                .listBySearch(search.id(), MatchQuery.top(1))
                .first();
    }

    private static RevealedMatch reveal(SnagrData data, Unlock unlock) {
        return data.as(Actor.user(unlock.userId())).unlocks().reveal(unlock.matchId());
    }

    private static ErrorCode refusal(SnagrData data, UserId user, Match match) {
        SnagrDataException failure = catchThrowableOfType(
                SnagrDataException.class,
                () -> data.as(Actor.user(user)).unlocks().reveal(match.id()));
        assertThat(failure).hasNoCause();
        return failure.code();
    }

    private static void run(TestDatabase database, String sql) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement()) {
            boolean ignored = statement.execute(sql);
        }
    }

    private static String one(TestDatabase database, String sql) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }
}

package ai.snagr.data.postgres.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditEvent;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.search.Search;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.UserId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reveals against one who can write every table, and against an audit trail that cannot be written. */
@SnagrDataTest
final class RevealIT {
    private static final String SET = "update snagr.matches set %s where user_id = ? and id = ?";

    @Test
    void reveal_sealedBytesOfTwoMatchesSwapped_isUnreadable(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Unlock one = samples.unlockedMatch(data, alice);
        Unlock other = samples.unlockedMatch(data, alice);

        tamper(
                database,
                """
                update snagr.matches m
                set seller_info = o.seller_info, listing_url = o.listing_url
                from snagr.matches o
                where m.user_id = ? and o.user_id = m.user_id and m.id <> o.id and m.id in (?, ?) and o.id in (?, ?)""",
                alice.value(),
                one.matchId().value(),
                other.matchId().value(),
                one.matchId().value(),
                other.matchId().value());

        assertUnreadable(data, one);
        assertUnreadable(data, other);
    }

    @Test
    void reveal_sealedBytesOfTwoMatchesOfOneSearchSwapped_isUnreadable(
            SnagrData data, Samples samples, TestDatabase database) throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Search search = samples.search(data.as(Actor.user(alice)));
        List<Unlock> unlocks = samples.matches(data, search, 2).stream()
                .map(match -> samples.unlock(data, alice, match.id()))
                .toList();

        tamper(database, """
                update snagr.matches m
                set seller_info = o.seller_info
                from snagr.matches o
                where m.user_id = ? and o.user_id = m.user_id and m.search_id = ? and o.search_id = m.search_id
                  and m.id <> o.id""", alice.value(), search.id().value());

        unlocks.forEach(unlock -> assertUnreadable(data, unlock));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "listing_url = seller_info",
                "seller_info = listing_url",
                "seller_info = listing_url, listing_url = seller_info",
                // a bit of the salt, of the commitment, of the ciphertext and of the tag
                "seller_info = set_bit(seller_info, 8 * 16, 1 - get_bit(seller_info, 8 * 16))",
                "seller_info = set_bit(seller_info, 8 * 48, 1 - get_bit(seller_info, 8 * 48))",
                "listing_url = set_bit(listing_url, 8 * 80, 1 - get_bit(listing_url, 8 * 80))",
                "listing_url = set_bit(listing_url, 8 * octet_length(listing_url) - 1,"
                        + " 1 - get_bit(listing_url, 8 * octet_length(listing_url) - 1))",
                // another key id, an impossible one, and another length
                "seller_info = set_byte(seller_info, 7, 9)",
                "listing_url = set_byte(listing_url, 4, 255)",
                "listing_url = set_byte(set_byte(listing_url, 4, 0), 7, 0)",
                "listing_url = listing_url || '\\x00'::bytea",
                "seller_info = substring(seller_info from 1 for 160)",
                // what else the values are bound to
                "external_listing_id = external_listing_id || 'x'",
            })
    void reveal_sealedBytesChanged_isUnreadable(String change, SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Unlock unlock = unlockOfLongSeller(data, samples, alice);
        assertThat(reveal(data, unlock).match().id()).isEqualTo(unlock.matchId());

        tamper(database, SET.formatted(change), alice.value(), unlock.matchId().value());

        assertUnreadable(data, unlock);
    }

    @ParameterizedTest
    @ValueSource(strings = {"seller_info", "listing_url", "seller_info, listing_url"})
    void reveal_sealedBytesOfAnotherUser_isUnreadable(
            String columns, SnagrData data, Samples samples, TestDatabase database) throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        UserId mallory = samples.registeredUser(data).id();
        Unlock ofAlice = samples.unlockedMatch(data, alice);
        Unlock ofMallory = samples.unlockedMatch(data, mallory);

        tamper(
                database,
                SET.formatted(
                        "(%1$s) = (select %1$s from snagr.matches where user_id = ? and id = ?)".formatted(columns)),
                alice.value(),
                ofAlice.matchId().value(),
                mallory.value(),
                ofMallory.matchId().value());

        assertUnreadable(data, ofMallory);
    }

    @Test
    void reveal_keyOfAnotherUser_isUnreadable(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        UserId mallory = samples.registeredUser(data).id();
        Unlock ofAlice = samples.unlockedMatch(data, alice);
        Unlock ofMallory = samples.unlockedMatch(data, mallory);

        tamper(database, """
                update snagr.subject_keys m
                set wrapped = a.wrapped
                from snagr.subject_keys a
                where m.user_id = ? and a.user_id = ?""", mallory.value(), alice.value());

        assertUnreadable(data, ofMallory);
        assertThat(reveal(data, ofAlice).match().id()).isEqualTo(ofAlice.matchId());
    }

    @Test
    void reveal_keyDestroyed_isUnreadable(SnagrData data, Samples samples, TestDatabase database) throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Unlock unlock = samples.unlockedMatch(data, alice);

        tamper(database, "delete from snagr.subject_keys where user_id = ?", alice.value());

        assertUnreadable(data, unlock);
    }

    @Test
    void reveal_eventThatCannotBeWritten_revealsNothing(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        Unlock unlock = samples.unlockedMatch(data, alice);
        tamper(
                database,
                "alter table snagr.audit_events add constraint no_reveal check (action <> 'reveal') not valid");
        try {
            SnagrDataException failure = catchThrowableOfType(SnagrDataException.class, () -> reveal(data, unlock));

            assertThat(failure).hasMessageContaining("unlocks.reveal").hasMessageContaining("no_reveal");
            assertThat(events(data, alice)).isEmpty();
        } finally {
            tamper(database, "alter table snagr.audit_events drop constraint no_reveal");
        }

        assertThat(reveal(data, unlock).match().id()).isEqualTo(unlock.matchId());
        assertThat(events(data, alice)).hasSize(1);
    }

    @Test
    void reveal_unlockRowOfAnotherUsersMatch_cannotBeMade(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        UserId mallory = samples.registeredUser(data).id();
        Unlock ofAlice = samples.unlockedMatch(data, alice);
        Unlock ofMallory = samples.unlockedMatch(data, mallory);

        SQLException refused = catchThrowableOfType(SQLException.class, () -> {
            try (Connection connection = database.adminConnection();
                    PreparedStatement update = connection.prepareStatement(
                            "update snagr.unlocks set match_id = ? where user_id = ? and id = ?")) {
                bind(
                        update,
                        ofAlice.matchId().value(),
                        mallory.value(),
                        ofMallory.id().value());
                int ignored = update.executeUpdate();
            }
        });

        assertThat(refused.getSQLState()).isEqualTo("23503");
        SnagrDataException notUnlocked = catchThrowableOfType(
                SnagrDataException.class,
                () -> data.as(Actor.user(mallory)).unlocks().reveal(ofAlice.matchId()));
        assertThat(notUnlocked.code()).isEqualTo(ErrorCode.NOT_UNLOCKED);
    }

    @Test
    void unlockedListingId_unlessUnlockedAndOwn_isNull(SnagrData data, Samples samples, TestDatabase database)
            throws SQLException {
        UserId alice = samples.registeredUser(data).id();
        UserId mallory = samples.registeredUser(data).id();
        MatchId locked = samples.matches(data, samples.search(data.as(Actor.user(alice))), 1)
                .get(0)
                .id();
        Unlock unlock = samples.unlockedMatch(data, alice);
        Unlock refunded = samples.unlockedMatch(data, alice);
        var payments =
                data.as(Actor.service(ServiceRole.PAYMENTS).onBehalfOf(alice)).payments();
        payments.beginRefund(payments.get(refunded.paymentId()).stripeId());

        assertThat(listingIdAs(database, alice, unlock.matchId())).isNotBlank();
        assertThat(listingIdAs(database, alice, locked)).isNull();
        assertThat(listingIdAs(database, alice, refunded.matchId())).isNull();
        assertThat(listingIdAs(database, mallory, unlock.matchId())).isNull();
    }

    /** A seller so long that the sealed bytes fit the column of the address as well. */
    private static Unlock unlockOfLongSeller(SnagrData data, Samples samples, UserId user) {
        Search search = samples.search(data.as(Actor.user(user)));
        JobLease lease = samples.claimedJob(data, search);
        NewMatch plain = samples.newMatch();
        SellerInfo seller = new SellerInfo("Ada", null, null, Map.of("note", "x".repeat(450)));
        NewMatch found = new NewMatch(
                plain.externalListingId(),
                plain.title(),
                plain.price(),
                plain.description(),
                plain.imageUrl(),
                Sensitive.of(seller),
                plain.listingUrl(),
                plain.postedAt(),
                plain.distanceMeters(),
                plain.relevanceScore());
        data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(user)).matches().upsertAll(lease, Stream.of(found));
        MatchId match = data.as(Actor.user(user))
                .matches()
                .listBySearch(search.id(), MatchQuery.top(1))
                .first()
                .id();
        return samples.unlock(data, user, match);
    }

    private static RevealedMatch reveal(SnagrData data, Unlock unlock) {
        return data.as(Actor.user(unlock.userId())).unlocks().reveal(unlock.matchId());
    }

    /** The bytes were read, so it is on record; but nothing comes out. */
    private static void assertUnreadable(SnagrData data, Unlock unlock) {
        int before = events(data, unlock.userId()).size();

        SnagrDataException failure = catchThrowableOfType(SnagrDataException.class, () -> reveal(data, unlock));

        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(ErrorCode.UNREADABLE);
        assertThat(failure).hasNoCause();
        assertThat(events(data, unlock.userId())).hasSize(before + 1);
    }

    private static List<AuditEvent> events(SnagrData data, UserId user) {
        return data
                .as(Actor.service(ServiceRole.AUDITOR))
                .audit()
                .listByActor(user.toString(), Page.first(200))
                .items()
                .stream()
                .filter(event -> event.action() == AuditAction.REVEAL)
                .toList();
    }

    /** Runs the change as a superuser, past policies and the trigger that keeps what was bought. */
    private static void tamper(TestDatabase database, String sql, Object... values) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement settings = connection.createStatement();
                PreparedStatement change = connection.prepareStatement(sql)) {
            boolean ignored = settings.execute("set session_replication_role = replica");
            bind(change, values);
            boolean hasRows = change.execute();
            assertThat(hasRows).isFalse();
            if (values.length > 0) {
                assertThat(change.getUpdateCount()).as("rows tampered with").isPositive();
            }
        }
    }

    private static @Nullable String listingIdAs(TestDatabase database, UserId user, MatchId match) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement settings = connection.createStatement();
                PreparedStatement query = connection.prepareStatement("select snagr.unlocked_listing_id(?)")) {
            boolean claims = settings.execute("set request.jwt.claims = '{\"sub\":\"" + user + "\"}'");
            boolean role = settings.execute("set role snagr_user");
            assertThat(claims || role).isFalse();
            bind(query, match.value());
            try (ResultSet row = query.executeQuery()) {
                assertThat(row.next()).isTrue();
                return row.getString(1);
            }
        }
    }

    private static void bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, (UUID) values[i]);
        }
    }
}

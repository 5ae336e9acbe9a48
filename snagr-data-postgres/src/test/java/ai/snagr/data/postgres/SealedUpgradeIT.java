package ai.snagr.data.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.SnagrData;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.postgres.internal.crypto.FieldContext;
import ai.snagr.data.postgres.internal.crypto.NewSubjectKey;
import ai.snagr.data.postgres.internal.crypto.Sealer;
import ai.snagr.data.postgres.internal.crypto.SubjectKey;
import ai.snagr.data.postgres.internal.schema.Sql;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.user.UserId;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database whose matches were sealed under their user's key, before there were batches, is taken along as it is. */
final class SealedUpgradeIT {
    private static final UserId USER = UserId.of("01890a5d-ac96-774b-bcce-b302099a8057");
    private static final SearchId SEARCH = SearchId.of("01890a5d-ac96-774b-bcce-b302099a8058");
    private static final UUID JOB = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8059");
    private static final MatchId PAID = MatchId.of("01890a5d-ac96-774b-bcce-b302099a805a");
    private static final MatchId UNPAID = MatchId.of("01890a5d-ac96-774b-bcce-b302099a805b");
    private static final UUID PAYMENT = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a805c");

    @TempDir
    private Path directory;

    @Test
    void open_databaseThatEndsWithV004_unlocksAndRevealsWhatHasNoBatch() throws Exception {
        try (TestDatabase database = TestDatabase.createEmpty();
                KeyProvider keys = Keys.ephemeral()) {
            OldSchema.migrate(
                    database,
                    directory,
                    "V001__roles.sql",
                    "V002__tables.sql",
                    "V003__audit.sql",
                    "V004__stripe_events.sql");
            try (Sql admin = new Sql(database.adminConnection())) {
                fill(admin, keys);
            }

            try (SnagrData data = database.open(keys)) {
                RevealedMatch bought = reveal(data, PAID);
                assertThat(bought.seller().expose().name()).isEqualTo("Seller of " + PAID);
                assertThat(bought.listingUrl().expose().value()).isEqualTo(address(PAID));

                assertThat(Samples.create().unlock(data, USER, UNPAID).matchId())
                        .isEqualTo(UNPAID);
                RevealedMatch found = reveal(data, UNPAID);
                assertThat(found.seller().expose().name()).isEqualTo("Seller of " + UNPAID);
                assertThat(found.listingUrl().expose().value()).isEqualTo(address(UNPAID));
            }
            try (Sql admin = new Sql(database.adminConnection())) {
                assertThat(admin.one("select count(*) from snagr.matches where batch_id is null and frozen"))
                        .isEqualTo("2");
                assertThat(admin.one("select count(*) from snagr.unlocks where grant_key is null"))
                        .isEqualTo("2");
            }
        }
    }

    private static RevealedMatch reveal(SnagrData data, MatchId match) {
        return data.as(Actor.user(USER)).unlocks().reveal(match);
    }

    private static void fill(Sql admin, KeyProvider keys) throws SQLException {
        try (Sealer sealer = new Sealer(keys, UUID.fromString(admin.one("select id from snagr.deployment")))) {
            NewSubjectKey fresh = sealer.newSubjectKey(USER);
            admin.run(
                    "insert into snagr.users (id, email, email_key) values (?, 'old@a.example', 'old@a.example')",
                    USER.value());
            admin.run(
                    "insert into snagr.subject_keys (user_id, key_id, wrapped_by, wrapped) values (?, ?, ?, ?)",
                    USER.value(),
                    fresh.keyId(),
                    fresh.wrapped().wrappedBy().version(),
                    fresh.wrapped().bytes());
            admin.run(
                    "insert into snagr.searches (user_id, id, query_text, parameters) values (?, ?, 'theremin', '{}')",
                    USER.value(),
                    SEARCH.value());
            admin.run(
                    "insert into snagr.jobs (user_id, id, search_id, status, origin)"
                            + " values (?, ?, ?, 'completed', 'first_run')",
                    USER.value(),
                    JOB,
                    SEARCH.value());
            SubjectKey key = sealer.open(USER, fresh.keyId(), fresh.wrapped());
            insertMatch(admin, key, PAID);
            insertMatch(admin, key, UNPAID);
        }
        admin.run(
                "insert into snagr.payments (user_id, id, match_id, stripe_payment_id, amount_minor, currency, status)"
                        + " values (?, ?, ?, 'pi_old123456789', 499, 'USD', 'completed')",
                USER.value(),
                PAYMENT,
                PAID.value());
        admin.run(
                "insert into snagr.unlocks (user_id, id, match_id, payment_id) values (?, gen_random_uuid(), ?, ?)",
                USER.value(),
                PAID.value(),
                PAYMENT);
        admin.run("update snagr.matches set frozen = true where id = ?", PAID.value());
    }

    private static void insertMatch(Sql admin, SubjectKey key, MatchId match) throws SQLException {
        String listing = "listing-" + match;
        admin.run(
                "insert into snagr.matches (user_id, id, search_id, job_id, external_listing_id, title, price_minor,"
                        + " currency, relevance_score, seller_info, listing_url)"
                        + " values (?, ?, ?, ?, ?, 'Theremin', 12000, 'USD', 0.5, ?, ?)",
                USER.value(),
                match.value(),
                SEARCH.value(),
                JOB,
                listing,
                key.seal(
                        FieldContext.seller(USER, SEARCH, listing),
                        ("{\"name\":\"Seller of " + match + "\"}").getBytes(UTF_8)),
                key.seal(
                        FieldContext.listingUrl(USER, SEARCH, listing),
                        address(match).getBytes(UTF_8)));
    }

    private static String address(MatchId match) {
        return "https://market.example/" + match;
    }
}

package ai.snagr.data.benchmarks;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.search.Frequency;
import ai.snagr.data.search.SavedSearch;
import ai.snagr.data.search.Search;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.user.UserId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What telling of changes costs those who write: the same writes, through the store, in two databases of one server, of which
 * one has the triggers switched off. The mix is a new user's: registration, preferences, a saved search, the job that brings
 * its matches, payment and unlock. The other writes are of one row each, which a trigger burdens most.
 *
 * <p>The server here does not wait for its disk ({@code fsync=off}): where it does, the two are closer to each other.
 */
final class FeedCost implements AutoCloseable {
    private static final int WRITERS = 4;
    private static final int MATCHES = 50;
    private static final Instant NEXT_RUN = Instant.parse("2099-01-01T00:00:00Z");

    private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    private final KeyProvider keys = Keys.ephemeral();
    private final Samples samples = Samples.ofSeed(11);

    private FeedCost() {}

    static List<Metric> measure(Effort effort) throws Exception {
        int units = Math.max(1, effort.operations() / 30);
        int rows = effort.operations();
        try (FeedCost cost = new FeedCost();
                Written told = cost.new Written();
                Written untold = cost.new Written()) {
            untold.switchTriggersOff();
            PairedRounds rounds = new PairedRounds(Optional.empty())
                    .variant("mix told", () -> cost.atOnce(told::registerAndSearch, units))
                    .variant("mix untold", () -> cost.atOnce(untold::registerAndSearch, units))
                    .variant("row told", () -> cost.atOnce(told::savePreferences, rows))
                    .variant("row untold", () -> cost.atOnce(untold::savePreferences, rows))
                    .run(effort.warmUpRounds(), effort.rounds(), 1);
            if (told.changes() == 0 || untold.changes() != 0) {
                throw new IllegalStateException("the triggers did not do as they should");
            }
            return List.of(
                    Metric.atLeast(
                            0.9, "ratio", "write_mix_with_feed_vs_without", rounds.ratio("mix untold", "mix told")),
                    Metric.atLeast(
                            0.9,
                            "ratio",
                            "write_one_row_with_feed_vs_without",
                            rounds.ratio("row untold", "row told")));
        }
    }

    /** Has every writer do it so many times; how often it was done. */
    private long atOnce(Runnable write, int each) throws Exception {
        List<Callable<Long>> work = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            work.add(() -> {
                for (int n = 0; n < each; n++) {
                    write.run();
                }
                return (long) each;
            });
        }
        long written = 0;
        for (Future<Long> writer : writers.invokeAll(work)) {
            written += writer.get();
        }
        return written;
    }

    @Override
    public void close() {
        writers.shutdownNow();
        keys.close();
    }

    /** A database that is written to. */
    private final class Written implements AutoCloseable {
        private final TestDatabase database = TestDatabase.create();
        private final SnagrData data = database.open(keys);
        private final UserId user = samples.registeredUser(data).id();

        void registerAndSearch() {
            UserId fresh = samples.registeredUser(data).id();
            Session session = data.as(Actor.user(fresh));
            Preferences unused = session.preferences().save(Preferences.defaults(fresh));
            Search search = samples.search(session);
            SavedSearch unusedSaved = session.savedSearches().save(search.id(), Frequency.DAILY, NEXT_RUN);
            JobLease lease = samples.claimedJob(data, search);
            Session matcher = data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(fresh));
            matcher.matches().upsertAll(lease, samples.newMatches(MATCHES).stream());
            matcher.jobs().complete(lease);
            samples.unlock(
                    data,
                    fresh,
                    session.matches()
                            .listBySearch(search.id(), MatchQuery.top(1))
                            .first()
                            .id());
        }

        void savePreferences() {
            Preferences unused = data.as(Actor.user(user)).preferences().save(samples.preferences(user));
        }

        void switchTriggersOff() throws SQLException {
            try (Connection admin = database.adminConnection();
                    PreparedStatement triggers = admin.prepareStatement(
                            "select format('alter table %s disable trigger %I', tgrelid::regclass, tgname)"
                                    + " from pg_trigger where tgname like 'tell\\_%'");
                    Statement off = admin.createStatement();
                    ResultSet each = triggers.executeQuery()) {
                while (each.next()) {
                    off.execute(each.getString(1));
                }
            }
        }

        long changes() throws SQLException {
            try (Connection admin = database.adminConnection();
                    PreparedStatement count =
                            admin.prepareStatement("select count(*) from snagr.change_outbox where user_id <> ?")) {
                count.setObject(1, user.value());
                try (ResultSet row = count.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        }

        @Override
        public void close() {
            data.close();
            database.close();
        }
    }
}

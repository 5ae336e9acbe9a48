package ai.snagr.data.postgres.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.snagr.data.Actor;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.search.Search;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.User;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each decryption has its event, counted at the cipher itself; and where no event can be written, nothing is decrypted. */
@SnagrDataTest
final class OpenedOnRecordIT {
    private static final String EVENTS =
            "select count(*) from snagr.audit_events where action in ('reveal', 'sensitive_read')";

    private static final Map<String, List<String>> REFUSALS = Map.of(
            "a trigger that raises",
            List.of(
                    "create function public.refuse_events() returns trigger language plpgsql"
                            + " as 'begin raise exception ''the disk is full''; end'",
                    "create trigger refuse before insert on snagr.audit_events for each row"
                            + " execute function public.refuse_events()",
                    "drop trigger refuse on snagr.audit_events",
                    "drop function public.refuse_events"),
            "a grant that was taken away",
            List.of(
                    "revoke insert (subject) on snagr.audit_events from snagr_user, snagr_notifier",
                    "select",
                    "grant insert (subject) on snagr.audit_events to snagr_user, snagr_notifier",
                    "select"),
            "a trail that takes no rows",
            List.of(
                    "alter table snagr.audit_events add constraint none_more check (false) not valid",
                    "select",
                    "alter table snagr.audit_events drop constraint none_more",
                    "select"));

    @Test
    void everyWayToDecrypt_hasItsEvent_orGivesNothing(TestDatabase database, KeyProvider keys) throws Exception {
        CountedDecryptions decrypted = new CountedDecryptions();
        try (SnagrData data = decrypted.whileInstalled(() -> database.open(keys))) {
            Samples samples = Samples.create();
            User alice = samples.registeredUser(data);
            Session own = data.as(Actor.user(alice.id()));
            Session notifier = data.as(Actor.service(ServiceRole.NOTIFIER).onBehalfOf(alice.id()));
            Preferences saved = own.preferences().save(samples.preferences(alice.id()));
            assertThat(saved.phoneNumber()).isNotNull();
            Unlock first = samples.unlockedMatch(data, alice.id());
            Unlock second = samples.unlockedMatch(data, alice.id());

            Map<String, Way> ways = new LinkedHashMap<>();
            ways.put("reveal", new Way(1, () -> own.unlocks().reveal(first.matchId())));
            ways.put(
                    "reveal in a transaction",
                    new Way(1, () -> own.inTransaction(s -> s.unlocks().reveal(second.matchId()))));
            ways.put("phone, by its owner", new Way(1, () -> own.preferences().get()));
            ways.put(
                    "phone, by its owner in a transaction",
                    new Way(1, () -> own.inTransaction(s -> s.preferences().get())));
            ways.put(
                    "phone, by the notifier",
                    new Way(1, () -> notifier.preferences().get()));
            ways.put(
                    "phone, by the notifier in a transaction",
                    new Way(1, () -> notifier.inTransaction(s -> s.preferences().get())));
            ways.put("export, of a phone and two reveals", new Way(3, () -> exported(own)));

            for (Map.Entry<String, Way> way : ways.entrySet()) {
                long before = events(database);
                int ignored = decrypted.taken();
                assertThat(way.getValue().act.call()).as(way.getKey()).isNotNull();
                assertThat(events(database) - before).as(way.getKey()).isEqualTo(way.getValue().events);
                assertThat(decrypted.taken()).as(way.getKey()).isGreaterThanOrEqualTo(way.getValue().events);
            }
            for (Map.Entry<String, List<String>> refusal : REFUSALS.entrySet()) {
                run(database, refusal.getValue().subList(0, 2));
                try {
                    for (Map.Entry<String, Way> way : ways.entrySet()) {
                        String what = way.getKey() + ", with " + refusal.getKey();
                        Throwable refused = catchThrowable(way.getValue().act::call);
                        assertThat(refused).as(what).isInstanceOf(SnagrDataException.class);
                        assertThat(decrypted.taken()).as(what).isZero();
                    }
                } finally {
                    run(database, refusal.getValue().subList(2, 4));
                }
            }
            assertThat(own.unlocks().reveal(first.matchId())).isNotNull();
        }
    }

    @Test
    void everythingElse_decryptsNothing(TestDatabase database, KeyProvider keys) throws Exception {
        CountedDecryptions decrypted = new CountedDecryptions();
        try (SnagrData data = decrypted.whileInstalled(() -> database.open(keys))) {
            Samples samples = Samples.ofSeed(2);
            User alice = samples.registeredUser(data);
            Session own = data.as(Actor.user(alice.id()));
            assertThat(own.preferences().save(samples.preferences(alice.id()))).isNotNull();
            Search search = samples.search(own);
            assertThat(samples.matches(data, search, 3)).hasSize(3);
            int ignored = decrypted.taken();
            long before = events(database);

            var match =
                    own.matches().listBySearch(search.id(), MatchQuery.top(20)).first();
            assertThat(own.matches().get(match.id()).match()).isEqualTo(match);
            assertThat(own.unlocks().find(match.id())).isEmpty();
            assertThat(own.unlocks().list(Page.first(20)).items()).isEmpty();
            assertThat(catchThrowable(() -> own.unlocks().reveal(match.id()))).isInstanceOf(SnagrDataException.class);
            assertThat(own.preferences().save(samples.preferences(alice.id()))).isNotNull();

            assertThat(decrypted.taken()).isZero();
            assertThat(events(database) - before)
                    .as("the reveal that was refused")
                    .isEqualTo(1);
        }
    }

    @Test
    void reveals_byManyThreadsAtOnce_haveAnEventEach(TestDatabase database, KeyProvider keys) throws Exception {
        CountedDecryptions decrypted = new CountedDecryptions();
        int threads = 8;
        int each = 25;
        try (SnagrData data = decrypted.whileInstalled(() -> database.open(keys))) {
            Samples samples = Samples.ofSeed(3);
            List<Unlock> unlocks = Stream.generate(() -> samples.unlockedMatch(
                            data, samples.registeredUser(data).id()))
                    .limit(threads)
                    .toList();
            assertThat(reveal(data, unlocks.get(0))).isNotNull();
            long before = events(database);
            int ignored = decrypted.taken();
            ExecutorService executor = Executors.newFixedThreadPool(threads);
            try {
                List<Callable<Integer>> work = unlocks.stream()
                        .map(unlock -> (Callable<Integer>) () -> {
                            for (int i = 0; i < each; i++) {
                                assertThat(reveal(data, unlock)).isNotNull();
                            }
                            return each;
                        })
                        .toList();
                for (Future<Integer> done : executor.invokeAll(work)) {
                    assertThat(done.get()).isEqualTo(each);
                }
            } finally {
                executor.shutdownNow();
            }

            int opened = decrypted.taken();
            assertThat(events(database) - before).isEqualTo((long) threads * each);
            assertThat(opened % (threads * each))
                    .as("the same %d for each reveal", opened / (threads * each))
                    .isZero();
            assertThat(opened / (threads * each)).isBetween(2, 3);
        }
    }

    private static Object reveal(SnagrData data, Unlock unlock) {
        return data.as(Actor.user(unlock.userId())).unlocks().reveal(unlock.matchId());
    }

    private static Optional<Session> exported(Session session) {
        try {
            session.privacy().export(OutputStream.nullOutputStream());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Optional.of(session);
    }

    private static long events(TestDatabase database) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(EVENTS)) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }

    private static void run(TestDatabase database, List<String> statements) throws SQLException {
        try (Connection connection = database.adminConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /**
     * A way to something decrypted.
     *
     * @param events how many it leaves
     */
    private record Way(int events, Callable<?> act) {}
}

package ai.snagr.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.RequestId;
import ai.snagr.data.Session;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.search.Search;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.TestRedis;
import ai.snagr.data.testkit.WireRelay;
import ai.snagr.data.user.User;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@SnagrDataTest
@Timeout(120)
class CachedMatchesIT {
    private static final int SIZE = 20;

    private final SnagrData data;
    private final TestDatabase database;
    private final TestRedis redis;
    private final Samples samples;

    private final Actor alice;
    private final Search search;
    private final List<Match> stored;

    CachedMatchesIT(SnagrData data, TestDatabase database, TestRedis redis, Samples samples) {
        this.data = data;
        this.database = database;
        this.redis = redis;
        this.samples = samples;
        User user = samples.registeredUser(data);
        this.alice = Actor.user(user.id());
        this.search = samples.search(data.as(alice));
        this.stored = samples.matches(data, search, 3);
    }

    @BeforeEach
    void emptyRedis() {
        redis.flush();
    }

    @Test
    void list_unchanged_isConfirmedAndNotSentAgain() {
        try (CachedSnagrData cached = CachedSnagrData.wrap(data, CacheSettings.local())) {
            Slice<Match> first = list(cached, search.id());
            Slice<Match> second = list(cached, search.id());

            assertThat(first.items()).isEqualTo(stored);
            assertThat(second).isSameAs(first);
            assertThat(cached.stats()).isEqualTo(new CacheStats(1, 0, 1, 0, 0));
        }
    }

    @Test
    void list_afterAChangeByAnyone_isFresh() throws SQLException {
        try (CachedSnagrData cached = CachedSnagrData.wrap(data, settings())) {
            assertThat(list(cached, search.id()).first().title()).isNotEqualTo("changed by hand");
            change("update snagr.matches set title = 'changed by hand' where id = ?", stored.get(0));
            assertThat(list(cached, search.id()).first().title()).isEqualTo("changed by hand");

            change("delete from snagr.matches where id = ?", stored.get(0));
            assertThat(list(cached, search.id()).items()).isEqualTo(stored.subList(1, 3));
        }
    }

    @Test
    void list_onAnotherNode_comesFromRedis() {
        try (CachedSnagrData one = CachedSnagrData.wrap(data, settings());
                CachedSnagrData other = CachedSnagrData.wrap(data, settings())) {
            Slice<Match> loaded = list(one, search.id());
            awaitPages(1);

            assertThat(list(other, search.id())).isEqualTo(loaded);
            assertThat(other.stats()).isEqualTo(new CacheStats(0, 1, 0, 0, 0));
            assertThat(list(other, search.id())).isEqualTo(loaded);
            assertThat(other.stats()).isEqualTo(new CacheStats(1, 1, 0, 0, 0));
        }
    }

    @Test
    void list_ofAnEmptySearch_isKeptToo() {
        Search empty = samples.search(data.as(alice));
        try (CachedSnagrData cached = CachedSnagrData.wrap(data, settings())) {
            assertThat(list(cached, empty.id()).isEmpty()).isTrue();
            assertThat(list(cached, empty.id()).isEmpty()).isTrue();
            assertThat(cached.stats().nearHits()).isEqualTo(1);

            List<Match> found = samples.matches(data, empty, 2);
            assertThat(list(cached, empty.id()).items()).isEqualTo(found);
        }
    }

    @Test
    void list_byAnotherUser_sharesNothing() {
        Actor bob = Actor.user(samples.registeredUser(data).id());
        try (CachedSnagrData cached = CachedSnagrData.wrap(data, settings())) {
            assertThat(list(cached, search.id()).size()).isEqualTo(3);
            assertThat(cached.as(bob)
                            .matches()
                            .listBySearch(search.id(), MatchQuery.top(SIZE))
                            .isEmpty())
                    .isTrue();
            assertThat(cached.stats().loads()).isEqualTo(2);
        }
    }

    @Test
    void list_filteredOrLaterOrInsideATransaction_passesThrough() {
        try (CachedSnagrData cached = CachedSnagrData.wrap(data, CacheSettings.local())) {
            Session session = cached.as(alice);
            Slice<Match> firstOfOne = session.matches().listBySearch(search.id(), MatchQuery.top(1));
            MatchQuery next = MatchQuery.top(1).after(firstOfOne.next().orElseThrow());

            assertThat(session.matches().listBySearch(search.id(), next).first())
                    .isEqualTo(stored.get(1));
            assertThat(session.matches()
                            .listBySearch(search.id(), MatchQuery.top(SIZE).within(0)))
                    .isNotNull();
            int inside = session.inTransaction(transaction -> transaction
                    .matches()
                    .listBySearch(search.id(), MatchQuery.top(SIZE))
                    .size());
            assertThat(inside).isEqualTo(3);
            assertThat(cached.stats()).isEqualTo(new CacheStats(0, 0, 1, 0, 0));
        }
    }

    @Test
    void redis_always_holdsCiphertextOnly() {
        try (CachedSnagrData cached = CachedSnagrData.wrap(data, settings());
                Client client = new Client(redis.uri())) {
            assertThat(list(cached, search.id()).size()).isEqualTo(3);
            awaitPages(1);

            for (String key : redis.keys()) {
                byte[] value = key.contains(":pages") ? client.redis.hget(key, "" + SIZE) : client.redis.get(key);
                String bytes = new String(value, StandardCharsets.ISO_8859_1);
                for (Match match : stored) {
                    assertThat(bytes)
                            .doesNotContain(new String(
                                    match.title().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
                }
            }
        }
    }

    @Test
    void value_thatWasMovedOrDamaged_isNotUsed() {
        Search other = samples.search(data.as(alice));
        List<Match> ofOther = samples.matches(data, other, 2);
        try (CachedSnagrData one = CachedSnagrData.wrap(data, settings());
                CachedSnagrData node = CachedSnagrData.wrap(data, settings());
                Client client = new Client(redis.uri())) {
            assertThat(list(one, search.id()).size()).isEqualTo(3);
            awaitPages(1);
            String name = page(search);
            String moved = name.replace(search.id().toString(), other.id().toString());
            assertThat(client.redis.rename(name, moved)).isEqualTo("OK");

            assertThat(list(node, other.id()).items()).isEqualTo(ofOther);
            assertThat(node.stats()).isEqualTo(new CacheStats(0, 0, 1, 0, 1));
        }
    }

    @Test
    void redis_frozenAndBack_readsGoOn() {
        URI address = URI.create(redis.uri());
        try (WireRelay relay = WireRelay.to(address.getHost(), address.getPort());
                CachedSnagrData cached = CachedSnagrData.wrap(data, through(relay, address))) {
            relay.freeze();
            assertThat(list(cached, search.id()).items()).isEqualTo(stored);
            assertThat(cached.stats().farFailures()).isEqualTo(1);
            relay.thaw();

            // a page that is read first while Redis is left alone for a second stays near: so each time another search
            boolean back = false;
            while (!back) {
                SearchId fresh = samples.search(data.as(alice)).id();
                assertThat(list(cached, fresh).isEmpty()).isTrue();
                back = redis.keys().stream().anyMatch(key -> key.contains(":pages"));
            }
            assertThat(back).isTrue();
        }
    }

    @Test
    void redis_thatIsNotThere_isNoError() {
        try (CachedSnagrData cached = CachedSnagrData.wrap(data, CacheSettings.redis("redis://127.0.0.1:1"))) {
            assertThat(list(cached, search.id()).items()).isEqualTo(stored);
            assertThat(list(cached, search.id()).items()).isEqualTo(stored);
            assertThat(cached.stats().nearHits()).isEqualTo(1);
        }
    }

    @Test
    void wrap_ofDataWithoutKeys_refusesRedis() {
        SnagrData keyless = new SnagrData() {
            @Override
            public Session as(Actor actor) {
                return data.as(actor);
            }

            @Override
            public Session as(Actor actor, RequestId request) {
                return data.as(actor, request);
            }

            @Override
            public void close() {}
        };
        assertThatThrownBy(() -> CachedSnagrData.wrap(keyless, settings()))
                .isInstanceOfSatisfying(
                        SnagrDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION));
        try (CachedSnagrData local = CachedSnagrData.wrap(keyless, CacheSettings.local())) {
            assertThat(list(local, search.id()).items()).isEqualTo(stored);
        }
    }

    private CacheSettings settings() {
        return CacheSettings.redis(RedisAddress.of(redis.uri()).allowPlaintext("a Redis of tests"))
                .withFarTimeout(Duration.ofSeconds(5));
    }

    private CacheSettings through(WireRelay relay, URI address) {
        return CacheSettings.redis("redis://127.0.0.1:" + relay.port() + address.getPath());
    }

    private Slice<Match> list(CachedSnagrData cached, SearchId id) {
        return cached.as(alice).matches().listBySearch(id, MatchQuery.top(SIZE));
    }

    private void change(String sql, Match match) throws SQLException {
        try (Connection admin = database.adminConnection();
                PreparedStatement statement = admin.prepareStatement(sql)) {
            statement.setObject(1, match.id().value());
            assertThat(statement.executeUpdate()).isEqualTo(1);
        }
    }

    private void awaitPages(int count) {
        while (redis.keys().stream().filter(key -> key.contains(":pages")).count() < count) {
            Thread.onSpinWait();
        }
    }

    private String page(Search of) {
        return redis.keys().stream()
                .filter(key -> key.contains(of.id().toString()))
                .findFirst()
                .orElseThrow();
    }

    /** A client of the test's own, to look at and move what lies there. */
    private static final class Client implements AutoCloseable {
        private final RedisClient client;
        private final StatefulRedisConnection<String, byte[]> connection;
        private final RedisCommands<String, byte[]> redis;

        Client(String uri) {
            client = RedisClient.create(uri);
            connection = client.connect(RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE));
            redis = connection.sync();
        }

        @Override
        public void close() {
            connection.close();
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }
}

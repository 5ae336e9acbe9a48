package ai.snagr.data.cache;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.RequestId;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;

/**
 * The same {@code SnagrData}, with the first pages of matches kept in memory and in Redis. A kept page is never taken on
 * trust: the read asks the database for that page unless it is still in the state that was kept, in one statement, so an
 * answer is as fresh as without the cache, whoever changed the rows; what is saved is sending and decoding them. Everything
 * else, and everything inside a transaction, passes straight through. Thread-safe.
 *
 * <p>Nothing sealed or revealed is kept. What is kept in Redis is encrypted under a key that only holders of the store's
 * keys can open. Without Redis, or while it does not answer, reads go on.
 */
public final class CachedSnagrData implements SnagrData {
    private final SnagrData data;
    private final MatchPages pages;

    private CachedSnagrData(SnagrData data, MatchPages pages) {
        this.data = data;
        this.pages = pages;
    }

    /**
     * The same data, cached. Closing it closes its connection to Redis; the wrapped data stays open for its owner to close.
     *
     * @throws SnagrDataException CONFIGURATION if a Redis is set but {@code data} offers no keys to encrypt with, or the
     *     Redis is on another machine and reached otherwise than over TLS, or is not trusted, a cluster, or older than
     *     6.2. A Redis that does not answer is no error: it is used once it does
     */
    public static CachedSnagrData wrap(SnagrData data, CacheSettings settings) {
        requireNonNull(data, "data");
        return new CachedSnagrData(
                data,
                new MatchPages(
                        settings,
                        settings.redis().map(redis -> FarTier.connect(redis, settings, RedisLink.storeOf(data)))));
    }

    @Override
    public Session as(Actor actor) {
        return cached(data.as(actor));
    }

    @Override
    public Session as(Actor actor, RequestId request) {
        return cached(data.as(actor, request));
    }

    private Session cached(Session session) {
        return session.actor() instanceof Actor.UserActor user ? new CachedSession(session, user.id(), pages) : session;
    }

    /** How reads were answered so far. */
    public CacheStats stats() {
        return pages.stats();
    }

    @Override
    public void close() {
        pages.close();
    }
}

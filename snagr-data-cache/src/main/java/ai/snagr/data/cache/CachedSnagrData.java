package ai.snagr.data.cache;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.RequestId;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.change.ChangeFeed;
import ai.snagr.data.change.Position;
import ai.snagr.data.change.Subscription;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The same {@code SnagrData}, with the first pages of matches kept in memory and in Redis. A kept page is never taken on
 * trust: the read asks the database for that page unless it is still in the state that was kept, in one statement, so an
 * answer is as fresh as without the cache, whoever changed the rows; what is saved is sending and decoding them. Everything
 * else, and everything inside a transaction, passes straight through. Thread-safe.
 *
 * <p>Where sessions of {@code ServiceRole.FEED} may be opened, kept pages that have changed are dropped soon after, whoever
 * changed them, and those of a person whose keys were destroyed; else they stay until they are read or too old.
 *
 * <p>Nothing sealed or revealed is kept. What is kept in Redis is encrypted under a key that only holders of the store's
 * keys can open. Without Redis, or while it does not answer, reads go on.
 */
public final class CachedSnagrData implements SnagrData {
    private static final Logger LOG = LoggerFactory.getLogger(CachedSnagrData.class);

    private final SnagrData data;
    private final MatchPages pages;
    private final Optional<Subscription> changes;

    private CachedSnagrData(SnagrData data, MatchPages pages, Optional<Subscription> changes) {
        this.data = data;
        this.pages = pages;
        this.changes = changes;
    }

    /**
     * The same data, cached. Closing it ends its subscription to changes and closes its connection to Redis; the wrapped data
     * stays open for its owner to close.
     *
     * @throws SnagrDataException CONFIGURATION if a Redis is set but {@code data} offers no keys to encrypt with, or the
     *     Redis is on another machine and reached otherwise than over TLS, or is not trusted, a cluster, or older than
     *     6.2. A Redis that does not answer is no error: it is used once it does. UNAVAILABLE if the database does not
     *     answer
     */
    public static CachedSnagrData wrap(SnagrData data, CacheSettings settings) {
        requireNonNull(data, "data");
        MatchPages pages = new MatchPages(
                settings, settings.redis().map(redis -> FarTier.connect(redis, settings, RedisLink.storeOf(data))));
        try {
            return new CachedSnagrData(data, pages, follow(data, pages));
        } catch (RuntimeException e) {
            pages.close();
            throw e;
        }
    }

    /** From now on: what lies in Redis from before is confirmed like all else. */
    private static Optional<Subscription> follow(SnagrData data, MatchPages pages) {
        try {
            ChangeFeed feed = data.as(Actor.service(ServiceRole.FEED)).changes();
            Position now = feed.poll(Position.START, 1).next();
            return Optional.of(feed.subscribe(now, batch -> pages.drop(batch.changes())));
        } catch (SnagrDataException.Misconfigured | SnagrDataException.Denied e) {
            LOG.info("Kept pages that have changed stay until they are read or too old: {}", e.getMessage());
            return Optional.empty();
        }
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
        changes.ifPresent(Subscription::close);
        pages.close();
    }
}

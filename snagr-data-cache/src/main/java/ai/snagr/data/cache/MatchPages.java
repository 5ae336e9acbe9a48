package ai.snagr.data.cache;

import ai.snagr.data.Slice;
import ai.snagr.data.VersionTag;
import ai.snagr.data.Versioned;
import ai.snagr.data.change.Change;
import ai.snagr.data.change.ChangeKind;
import ai.snagr.data.match.Match;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The kept pages: near in the heap, far in Redis. Neither is believed until the database has confirmed the page, so what is
 * dropped too late, or put back by a read that began before, is no stale answer.
 */
final class MatchPages implements AutoCloseable {
    /** What a page shows, and the end of a person's keys, after which nothing of his is kept. */
    private static final Set<ChangeKind> SHOWN =
            EnumSet.of(ChangeKind.MATCHES, ChangeKind.SEARCHES, ChangeKind.SUBJECT_KEYS);

    private final Cache<PageKey, Versioned<Slice<Match>>> near;
    private final Optional<FarTier> far;
    private final LongAdder nearHits = new LongAdder();
    private final LongAdder farHits = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder drops = new LongAdder();

    MatchPages(CacheSettings settings, Optional<FarTier> far) {
        this.near = Caffeine.newBuilder()
                .maximumWeight(settings.nearBytes())
                .weigher(MatchPages::weight)
                .expireAfterWrite(settings.timeToLive())
                .build();
        this.far = far;
    }

    /**
     * The page as the database has it now.
     *
     * @param ifChanged asks the database: the page, or empty if it is still in the known state
     */
    Slice<Match> read(PageKey key, Function<Optional<VersionTag>, Optional<Versioned<Slice<Match>>>> ifChanged) {
        Versioned<Slice<Match>> kept = near.getIfPresent(key);
        boolean fromFar = false;
        if (kept == null && far.isPresent()) {
            kept = far.get().get(key).orElse(null);
            fromFar = kept != null;
        }
        Optional<Versioned<Slice<Match>>> changed =
                ifChanged.apply(Optional.ofNullable(kept).map(Versioned::tag));
        if (changed.isPresent()) {
            Versioned<Slice<Match>> page = changed.get();
            loads.increment();
            near.put(key, page);
            far.ifPresent(tier -> tier.put(key, page));
            return page.value();
        }
        if (kept == null) {
            throw new IllegalStateException("the store called a page unchanged that nobody has");
        }
        (fromFar ? farHits : nearHits).increment();
        if (fromFar) {
            near.put(key, kept);
        }
        return kept.value();
    }

    /** Drops, near and far, what may not be as it was kept. */
    void drop(List<Change> changes) {
        Set<UserId> users = new HashSet<>();
        Set<PagesOf> searches = new HashSet<>();
        for (Change change : changes) {
            if (!change.kind().map(SHOWN::contains).orElse(true)) {
                continue;
            }
            if (change.user().isEmpty()) {
                dropNear(key -> true);
                far.ifPresent(FarTier::drop);
                return;
            }
            UserId user = change.user().get();
            if (change.keys().isEmpty()) {
                users.add(user);
            }
            change.keys().forEach(search -> searches.add(new PagesOf(user, new SearchId(search))));
        }
        if (users.isEmpty() && searches.isEmpty()) {
            return;
        }
        dropNear(key -> users.contains(key.user()) || searches.contains(new PagesOf(key.user(), key.search())));
        far.ifPresent(tier -> {
            users.forEach(tier::drop);
            searches.forEach(pages -> tier.drop(pages.user(), pages.search()));
        });
    }

    private void dropNear(Predicate<PageKey> gone) {
        for (PageKey key : near.asMap().keySet()) {
            if (gone.test(key) && near.asMap().remove(key) != null) {
                drops.increment();
            }
        }
    }

    CacheStats stats() {
        return new CacheStats(
                nearHits.sum(),
                farHits.sum(),
                loads.sum(),
                drops.sum(),
                far.map(FarTier::failures).orElse(0L));
    }

    @Override
    public void close() {
        near.invalidateAll();
        far.ifPresent(FarTier::close);
    }

    /** Bytes in the heap, about: two for a character, and the objects around it. */
    private static int weight(PageKey key, Versioned<Slice<Match>> page) {
        int bytes = 200;
        for (Match match : page.value()) {
            bytes += 400 + 2 * match.title().length();
            bytes += match.imageUrl() == null ? 0 : 2 * match.imageUrl().value().length();
        }
        return bytes;
    }

    private record PagesOf(UserId user, SearchId search) {}
}

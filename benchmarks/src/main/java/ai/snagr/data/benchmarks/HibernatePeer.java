package ai.snagr.data.benchmarks;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.sql.PreparedStatement;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.jpa.HibernatePersistenceConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Hibernate, as <a href="https://docs.hibernate.org/orm/7.4/introduction/html_single/">its guide</a> advises where no
 * persistence context is needed: a {@code StatelessSession}, {@code get} for the row, a projection to a record for the page,
 * and connections that are not asked for their autocommit, which the pool has switched off. The context goes first in the
 * transaction, by {@code doWork}.
 */
final class HibernatePeer implements Peer {
    private static final String PAGE_QUERY = """
            select m.key.id, m.searchId, m.title, m.priceMinor, m.currency, m.imageUrl, m.postedAt, m.distanceMeters,
              m.relevanceScore
            from HibernatePeer$MatchEntity m
            where m.key.userId = :user and m.searchId = :search
            order by m.relevanceScore desc, m.key.id desc
            limit 21""";

    private final SessionFactory sessions;

    /** @param pool whose connections do not commit by themselves */
    HibernatePeer(HikariDataSource pool) {
        sessions = new HibernatePersistenceConfiguration("peer")
                .managedClass(MatchEntity.class)
                .property(JdbcSettings.JAKARTA_NON_JTA_DATASOURCE, pool)
                .property(JdbcSettings.CONNECTION_PROVIDER_DISABLES_AUTOCOMMIT, true)
                .createEntityManagerFactory();
    }

    @Override
    public PointRow find(UUID user, UUID id) {
        MatchEntity match = inTransaction(user, session -> session.get(MatchEntity.class, new MatchKey(user, id)));
        return match.row();
    }

    @Override
    public List<PageRow> page(UUID user, UUID search) {
        return inTransaction(
                user,
                session -> session.createSelectionQuery(PAGE_QUERY, PageRow.class)
                        .setParameter("user", user)
                        .setParameter("search", search)
                        .list());
    }

    private <T> T inTransaction(UUID user, Function<StatelessSession, T> work) {
        return sessions.fromStatelessTransaction(session -> {
            session.doWork(connection -> {
                try (PreparedStatement context = connection.prepareStatement(CONTEXT)) {
                    context.setString(1, Peer.claims(user));
                    context.execute();
                }
            });
            return work.apply(session);
        });
    }

    @Override
    public void close() {
        sessions.close();
    }

    /** The key of a match. */
    @Embeddable
    public record MatchKey(@Column(name = "user_id") UUID userId, UUID id) implements Serializable {}

    /** A match, without its sealed columns. */
    @Entity
    @Table(schema = "snagr", name = "matches")
    public static class MatchEntity {
        @EmbeddedId
        @Nullable MatchKey key;

        @Column(name = "search_id")
        @Nullable UUID searchId;

        @Column(name = "job_id")
        @Nullable UUID jobId;

        @Nullable String title;

        @Column(name = "price_minor")
        long priceMinor;

        @Nullable String currency;

        @Nullable String description;

        @Column(name = "image_url")
        @Nullable String imageUrl;

        @Column(name = "posted_at")
        @Nullable OffsetDateTime postedAt;

        @Column(name = "distance_meters")
        @Nullable Integer distanceMeters;

        @Column(name = "relevance_score")
        double relevanceScore;

        @Column(name = "created_at")
        @Nullable OffsetDateTime createdAt;

        @Column(name = "updated_at")
        @Nullable OffsetDateTime updatedAt;

        PointRow row() {
            return new PointRow(
                    requireNonNull(key).id(),
                    requireNonNull(searchId),
                    requireNonNull(jobId),
                    requireNonNull(title),
                    priceMinor,
                    requireNonNull(currency),
                    description,
                    imageUrl,
                    postedAt,
                    distanceMeters,
                    relevanceScore,
                    requireNonNull(createdAt),
                    requireNonNull(updatedAt));
        }
    }
}

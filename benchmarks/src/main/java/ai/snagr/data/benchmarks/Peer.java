package ai.snagr.data.benchmarks;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Another way to read the same rows: one match by its id, and the first page of a search, one row more than is shown. A
 * missing match is an error.
 */
interface Peer extends AutoCloseable {
    /** Role and claims, as a peer says them in its own transaction. */
    String CONTEXT = "select set_config('role', 'snagr_user', true), set_config('request.jwt.claims', ?, true)";

    String POINT = """
            select id, search_id, job_id, title, price_minor, currency, description, image_url, posted_at,
              distance_meters, relevance_score, created_at, updated_at
            from snagr.matches
            where user_id = ? and id = ?""";

    String PAGE = """
            select id, search_id, title, price_minor, currency, image_url, posted_at, distance_meters, relevance_score
            from snagr.matches
            where user_id = ? and search_id = ?
            order by relevance_score desc, id desc
            limit 21""";

    PointRow find(UUID user, UUID id) throws Exception;

    List<PageRow> page(UUID user, UUID search) throws Exception;

    @Override
    void close();

    static String claims(UUID user) {
        return "{\"sub\":\"" + user + "\",\"role\":\"snagr_user\"}";
    }

    record PointRow(
            UUID id,
            UUID searchId,
            UUID jobId,
            String title,
            long priceMinor,
            String currency,
            @Nullable String description,
            @Nullable String imageUrl,
            @Nullable OffsetDateTime postedAt,
            @Nullable Integer distanceMeters,
            double relevanceScore,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    record PageRow(
            UUID id,
            UUID searchId,
            String title,
            long priceMinor,
            String currency,
            @Nullable String imageUrl,
            @Nullable OffsetDateTime postedAt,
            @Nullable Integer distanceMeters,
            double relevanceScore) {}
}

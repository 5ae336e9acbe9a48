package ai.snagr.data.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.sqlobject.SqlObjectPlugin;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlQuery;

/**
 * Jdbi's SqlObject, as <a href="https://jdbi.org/releases/3.55.0/#_sql_objects">its guide</a> advises for several
 * statements in one transaction: {@code inTransaction}, with the object attached to its handle, and records mapped by
 * their constructor. The context is the first statement of the transaction, as row-level security needs it.
 */
final class JdbiPeer implements Peer {
    private final Jdbi jdbi;

    JdbiPeer(HikariDataSource pool) {
        jdbi = Jdbi.create(pool).installPlugin(new SqlObjectPlugin());
    }

    @Override
    public PointRow find(UUID user, UUID id) {
        return inTransaction(
                user, handle -> handle.attach(Matches.class).find(user, id).get(0));
    }

    @Override
    public List<PageRow> page(UUID user, UUID search) {
        return inTransaction(user, handle -> handle.attach(Matches.class).page(user, search));
    }

    private <T> T inTransaction(UUID user, Function<Handle, T> work) {
        return jdbi.inTransaction(handle -> {
            handle.select(CONTEXT, Peer.claims(user)).mapTo(String.class).one();
            return work.apply(handle);
        });
    }

    @Override
    public void close() {}

    /** The statements; public, as SqlObject asks. */
    public interface Matches {
        @SqlQuery("""
                select id, search_id, job_id, title, price_minor, currency, description, image_url, posted_at,
                  distance_meters, relevance_score, created_at, updated_at
                from snagr.matches
                where user_id = :user and id = :id""")
        @RegisterConstructorMapper(PointRow.class)
        List<PointRow> find(@Bind("user") UUID user, @Bind("id") UUID id);

        @SqlQuery("""
                select id, search_id, title, price_minor, currency, image_url, posted_at, distance_meters,
                  relevance_score
                from snagr.matches
                where user_id = :user and search_id = :search
                order by relevance_score desc, id desc
                limit 21""")
        @RegisterConstructorMapper(PageRow.class)
        List<PageRow> page(@Bind("user") UUID user, @Bind("search") UUID search);
    }
}

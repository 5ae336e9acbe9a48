package ai.snagr.data.benchmarks;

import static org.jooq.Records.mapping;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;

import com.zaxxer.hikari.HikariDataSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * jOOQ, as its manual advises: <a
 * href="https://www.jooq.org/doc/3.19/manual/sql-execution/transaction-management/">transactionResult</a> with the
 * configuration that it hands in, <a
 * href="https://www.jooq.org/doc/3.19/manual/sql-execution/fetching/ad-hoc-converter/">Records.mapping</a> to
 * constructors, and execution logging off. The context is the first statement of the transaction.
 */
final class JooqPeer implements Peer {
    private static final Table<Record> MATCHES = table(name("snagr", "matches"));
    private static final Field<UUID> USER_ID = column("user_id", SQLDataType.UUID);
    private static final Field<UUID> ID = column("id", SQLDataType.UUID);
    private static final Field<UUID> SEARCH_ID = column("search_id", SQLDataType.UUID);
    private static final Field<UUID> JOB_ID = column("job_id", SQLDataType.UUID);
    private static final Field<String> TITLE = column("title", SQLDataType.VARCHAR);
    private static final Field<Long> PRICE = column("price_minor", SQLDataType.BIGINT);
    private static final Field<String> CURRENCY = column("currency", SQLDataType.VARCHAR);
    private static final Field<String> DESCRIPTION = column("description", SQLDataType.VARCHAR);
    private static final Field<String> IMAGE = column("image_url", SQLDataType.VARCHAR);
    private static final Field<OffsetDateTime> POSTED = column("posted_at", SQLDataType.TIMESTAMPWITHTIMEZONE);
    private static final Field<Integer> DISTANCE = column("distance_meters", SQLDataType.INTEGER);
    private static final Field<Double> SCORE = column("relevance_score", SQLDataType.DOUBLE);
    private static final Field<OffsetDateTime> CREATED = column("created_at", SQLDataType.TIMESTAMPWITHTIMEZONE);
    private static final Field<OffsetDateTime> UPDATED = column("updated_at", SQLDataType.TIMESTAMPWITHTIMEZONE);

    private final DSLContext jooq;

    JooqPeer(HikariDataSource pool) {
        jooq = DSL.using(pool, SQLDialect.POSTGRES, new Settings().withExecuteLogging(false));
    }

    @Override
    public PointRow find(UUID user, UUID id) {
        return inTransaction(
                user,
                context -> context.select(
                                ID,
                                SEARCH_ID,
                                JOB_ID,
                                TITLE,
                                PRICE,
                                CURRENCY,
                                DESCRIPTION,
                                IMAGE,
                                POSTED,
                                DISTANCE,
                                SCORE,
                                CREATED,
                                UPDATED)
                        .from(MATCHES)
                        .where(USER_ID.eq(user))
                        .and(ID.eq(id))
                        .fetchSingle(mapping(PointRow::new)));
    }

    @Override
    public List<PageRow> page(UUID user, UUID search) {
        return inTransaction(
                user,
                context -> context.select(ID, SEARCH_ID, TITLE, PRICE, CURRENCY, IMAGE, POSTED, DISTANCE, SCORE)
                        .from(MATCHES)
                        .where(USER_ID.eq(user))
                        .and(SEARCH_ID.eq(search))
                        .orderBy(SCORE.desc(), ID.desc())
                        .limit(inline(21))
                        .fetch(mapping(PageRow::new)));
    }

    private <T> T inTransaction(UUID user, Function<DSLContext, T> work) {
        return jooq.transactionResult(transaction -> {
            DSLContext context = transaction.dsl();
            context.select(setting("role", inline("snagr_user")), setting("request.jwt.claims", val(Peer.claims(user))))
                    .fetch();
            return work.apply(context);
        });
    }

    private static Field<String> setting(String name, Field<String> value) {
        return DSL.function("set_config", SQLDataType.VARCHAR, inline(name), value, inline(true));
    }

    private static <T> Field<T> column(String name, DataType<T> type) {
        return field(name(name), type);
    }

    @Override
    public void close() {}
}

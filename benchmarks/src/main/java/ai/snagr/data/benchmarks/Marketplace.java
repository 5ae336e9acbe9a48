package ai.snagr.data.benchmarks;

import ai.snagr.data.Actor;
import ai.snagr.data.SnagrData;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.search.Search;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.user.UserId;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A database with 200,000 matches, half of them one user's, in one search; every thousandth of these has a rare word in its
 * title. The others belong to twenty users.
 */
final class Marketplace implements AutoCloseable {
    static final String RARE_WORD = "velociraptor";

    private static final int USERS = 20;
    private static final int COPIED = 100;
    private static final int OF_THE_LARGE = 101_000;

    /** The sealed fields of a copy are not its own: nothing here opens them. */
    private static final String COPY = """
            insert into snagr.matches (user_id, id, search_id, job_id, external_listing_id, title, price_minor, currency,
              description, image_url, seller_info, listing_url, posted_at, distance_meters, relevance_score, batch_id)
            select user_id,
              (lpad(to_hex(1750000000000 + copy), 12, '0') || '7' || substr(digest, 1, 3) || '8' || substr(digest, 4, 15))
                ::uuid,
              search_id, job_id, external_listing_id || '-' || copy,
              title || case when copy %% 10 = 0 and numbered %% 100 = 0 then ' %s' else '' end, price_minor, currency,
              description, image_url, seller_info, listing_url, posted_at, distance_meters, random(), batch_id
            from (select *, row_number() over (order by id) as numbered from snagr.matches where user_id = ?) as original
            cross join generate_series(1, ?) as copy
            cross join lateral (select md5(original.id::text || copy) as digest) as digests""".formatted(RARE_WORD);

    private final TestDatabase database;
    private final KeyProvider keys;
    private final SnagrData data;
    private final Samples samples = Samples.ofSeed(7);
    private final UserId user;
    private final Search search;

    private Marketplace() throws SQLException {
        database = TestDatabase.create();
        keys = Keys.ephemeral();
        data = database.open(keys);
        user = samples.registeredUser(data).id();
        search = filled(user, OF_THE_LARGE);
        for (int i = 0; i < USERS; i++) {
            Search ignored = filled(samples.registeredUser(data).id(), OF_THE_LARGE / USERS);
        }
        try (Connection admin = database.adminConnection();
                Statement statement = admin.createStatement()) {
            statement.execute("create role peer login noinherit password 'peer'");
            statement.execute("grant snagr_user, snagr_payments, snagr_auth to peer"
                    + (major() < 16 ? "" : " with inherit false, set true"));
        }
        analyze();
    }

    /** Has the planner know what the tables hold now. */
    void analyze() throws SQLException {
        try (Connection admin = database.adminConnection();
                Statement statement = admin.createStatement()) {
            statement.execute("vacuum analyze");
        }
    }

    static Marketplace open() throws SQLException {
        return new Marketplace();
    }

    private Search filled(UserId owner, int matches) throws SQLException {
        Search made = samples.search(data.as(Actor.user(owner)));
        List<?> originals = samples.matches(data, made, COPIED);
        try (Connection admin = database.adminConnection();
                PreparedStatement copy = admin.prepareStatement(COPY)) {
            copy.setObject(1, owner.value());
            copy.setInt(2, matches / originals.size() - 1);
            copy.execute();
        }
        return made;
    }

    private int major() {
        return Integer.parseInt(database.postgres().version().split("\\D", 2)[0]);
    }

    TestDatabase database() {
        return database;
    }

    KeyProvider keys() {
        return keys;
    }

    SnagrData data() {
        return data;
    }

    Samples samples() {
        return samples;
    }

    /** Who owns half of all matches. */
    UserId user() {
        return user;
    }

    Search search() {
        return search;
    }

    /** A login that may become a user, the payments or the login service, and nothing by itself. */
    StoreAddress peer() {
        return new StoreAddress(database.jdbcUrl(), "peer", "peer");
    }

    /** A login that no policy binds. */
    StoreAddress unbound() {
        return new StoreAddress(
                database.jdbcUrl(),
                database.postgres().user(),
                database.postgres().password());
    }

    static HikariDataSource pool(StoreAddress address, int size) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(address.jdbcUrl());
        pool.setUsername(address.user());
        pool.setPassword(address.password());
        pool.setMaximumPoolSize(size);
        pool.setConnectionTimeout(60_000);
        return pool;
    }

    @Override
    public void close() throws SQLException {
        data.close();
        keys.close();
        try (Connection admin = database.postgres().connect();
                Statement statement = admin.createStatement()) {
            database.close();
            statement.execute("drop role peer");
        }
    }
}

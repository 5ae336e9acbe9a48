package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.testkit.TestDatabase;
import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/** A database of its own with the schema, and rows of the shape that the library writes. */
public final class PreparedDatabase implements AutoCloseable {
    private static final NoArgGenerator IDS = Generators.timeBasedEpochGenerator();

    private final TestDatabase database;
    private final Schema.Prepared prepared;
    private final Sql admin;

    private PreparedDatabase(TestDatabase database, Schema.Prepared prepared, Sql admin) {
        this.database = database;
        this.prepared = prepared;
        this.admin = admin;
    }

    public static PreparedDatabase create() throws SQLException {
        TestDatabase database = TestDatabase.createEmpty();
        Schema.Prepared prepared = Schema.prepare(database.address(), Optional.empty(), DatabaseRole.ours());
        return new PreparedDatabase(database, prepared, new Sql(database.adminConnection()));
    }

    public Schema.Prepared prepared() {
        return prepared;
    }

    public TestDatabase database() {
        return database;
    }

    /** A superuser, who sees every row. */
    public Sql admin() {
        return admin;
    }

    /** A new connection as the serving login, for the caller to close. */
    public Sql serving() throws SQLException {
        return Sql.open(prepared.serving());
    }

    public static UUID newId() {
        return IDS.generate();
    }

    /** The shortest bytes that a sealed column takes. */
    public static byte[] sealed() {
        return sealed(160);
    }

    /** Bytes of that length which begin like a sealed value. */
    public static byte[] sealed(int length) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) 0xfe;
        bytes[1] = 0x01;
        return bytes;
    }

    public UUID user() throws SQLException {
        UUID id = newId();
        admin.run(
                "insert into snagr.users (id, email, email_key) values (?, ?, ?)",
                id,
                id + "@a.example",
                id + "@a.example");
        return id;
    }

    public UUID search(UUID user, String text) throws SQLException {
        UUID id = newId();
        admin.run(
                "insert into snagr.searches (user_id, id, query_text, parameters) values (?, ?, ?, '{}')",
                user,
                id,
                text);
        return id;
    }

    public UUID savedSearch(UUID user, UUID search, String frequency, String nextRun) throws SQLException {
        UUID id = newId();
        admin.run(
                "insert into snagr.saved_searches (user_id, id, search_id, frequency, next_run_at)"
                        + " values (?, ?, ?, ?, now() + ?::interval)",
                user,
                id,
                search,
                frequency,
                nextRun);
        return id;
    }

    public UUID job(UUID user, UUID search) throws SQLException {
        UUID id = newId();
        admin.run(
                "insert into snagr.jobs (user_id, id, search_id, origin) values (?, ?, ?, 'first_run')",
                user,
                id,
                search);
        return id;
    }

    public UUID match(UUID user, UUID search, UUID job, String title) throws SQLException {
        UUID id = newId();
        admin.run(
                "insert into snagr.matches (user_id, id, search_id, job_id, external_listing_id, title, price_minor,"
                        + " currency, seller_info, listing_url, relevance_score)"
                        + " values (?, ?, ?, ?, ?, ?, 100, 'USD', ?, ?, 0.5)",
                user,
                id,
                search,
                job,
                id.toString(),
                title,
                sealed(),
                sealed(608));
        return id;
    }

    public UUID payment(UUID user, UUID match) throws SQLException {
        UUID id = newId();
        admin.run(
                "insert into snagr.payments (user_id, id, match_id, stripe_payment_id, amount_minor, currency, status)"
                        + " values (?, ?, ?, ?, 499, 'USD', 'completed')",
                user,
                id,
                match,
                "pi_" + id.toString().replace("-", ""));
        return id;
    }

    public UUID unlock(UUID user, UUID match, UUID payment) throws SQLException {
        UUID id = newId();
        admin.run(
                "insert into snagr.unlocks (user_id, id, match_id, payment_id) values (?, ?, ?, ?)",
                user,
                id,
                match,
                payment);
        return id;
    }

    @Override
    public void close() throws SQLException {
        admin.close();
        database.close();
    }
}

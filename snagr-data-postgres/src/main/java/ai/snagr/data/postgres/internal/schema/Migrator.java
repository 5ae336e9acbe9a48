package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.StoreAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.postgresql.Driver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema {@code snagr} up to date: scripts and history table of its own, on connections of its own.
 *
 * <p>Any number of nodes may start at once. One of them gets the advisory lock and migrates, the others poll for it and find
 * nothing left to do. They poll, because a session that waits inside a statement holds a snapshot, for which an index that
 * is built concurrently would wait in turn. A script takes its locks within a tenth of a second or is rolled back and
 * repeated, so that it never queues up the readers behind it.
 */
final class Migrator {
    static final String SCHEMA = "snagr";
    static final String HISTORY_TABLE = "schema_history";

    private static final Logger LOG = LoggerFactory.getLogger(Migrator.class);
    private static final String SCRIPTS = "classpath:ai/snagr/data/postgres/migration";
    private static final String SEEDS = "classpath:ai/snagr/data/postgres/seed/common";

    /** The advisory lock's key: the letters "snagr" and a number. */
    static final long LOCK_KEY = 0x736e616772_0001L;

    private static final Duration LOCK_DEADLINE = Duration.ofMinutes(10);
    private static final Duration LOCK_POLL = Duration.ofMillis(200);
    private static final Duration RETRY_DEADLINE = Duration.ofMinutes(5);
    private static final int RETRY_PAUSE_MILLIS = 500;

    private final StoreAddress address;
    private final Catalog catalog;

    private Migrator(StoreAddress address, Catalog catalog) {
        this.address = address;
        this.catalog = catalog;
    }

    /**
     * Migrates the database of that connection.
     *
     * @throws SnagrDataException SCHEMA_MISMATCH if a newer library, or an altered script, made the schema; CONFIGURATION
     *     if the login or the connection is not fit for it
     */
    static void migrate(StoreAddress address, Catalog catalog) throws SQLException {
        new Migrator(address, catalog).run();
    }

    /** Refuses an address through which a schema cannot be changed. */
    static void requireDirect(StoreAddress address) {
        if (Driver.parseURL(address.jdbcUrl(), null) == null) {
            throw new SnagrDataException.Misconfigured(
                    "The migrator's URL is not one of PostgreSQL: it must be jdbc:postgresql://host:port/database");
        }
        if (Route.namesTransactionPooler(address)) {
            throw throughPooler("Port " + Route.TRANSACTION_POOLER_PORT + " is a transaction pooler's");
        }
    }

    /**
     * Makes a change of the schema beside its scripts, in one transaction, under their lock and like them: each lock within a
     * tenth of a second, or all of it again.
     */
    static void change(StoreAddress address, Catalog catalog, String attempt, Change change) throws SQLException {
        Migrator migrator = new Migrator(address, catalog);
        migrator.requireSameBackend();
        migrator.lock();
        long begin = System.nanoTime();
        while (true) {
            try {
                catalog.transact(() -> {
                    catalog.run("set local lock_timeout = '100ms'");
                    change.make();
                });
                break;
            } catch (SQLException failure) {
                if (!SetupErrors.isTransient(failure) || System.nanoTime() - begin > RETRY_DEADLINE.toNanos()) {
                    throw SetupErrors.of(attempt, failure);
                }
                pauseBeforeRetry();
            }
        }
        catalog.run("select pg_advisory_unlock(" + LOCK_KEY + ")");
    }

    /** Puts a change of the schema beside its scripts on record, in the transaction that makes it. */
    static void record(Catalog catalog, String thing) throws SQLException {
        catalog.run("insert into snagr.audit_events (id, actor, role, action, object) values"
                + " (gen_random_uuid(), session_user, current_user, 'schema_change', " + Catalog.literal(thing) + ")");
    }

    private void run() throws SQLException {
        requireReadableHistory();
        if (pending(flyway().info()) == 0) {
            return;
        }
        requireSameBackend();
        lock(); // a failure closes the connection, and with it the lock
        createSchema();
        apply();
        catalog.run("select pg_advisory_unlock(" + LOCK_KEY + ")");
    }

    private void requireReadableHistory() throws SQLException {
        boolean mayRead = catalog.ask(
                "select case when to_regnamespace(?) is null or not has_schema_privilege(to_regnamespace(?), 'usage')"
                        + " then to_regnamespace(?) is null"
                        + " else to_regclass(?) is null or has_table_privilege(to_regclass(?), 'insert') end",
                SCHEMA,
                SCHEMA,
                SCHEMA,
                SCHEMA + "." + HISTORY_TABLE,
                SCHEMA + "." + HISTORY_TABLE);
        if (!mayRead) {
            throw new SnagrDataException.Misconfigured("The login '" + address.user() + "' does not own the schema "
                    + SCHEMA + ", so it cannot keep it up to date: give the owner's login as migrator(…), and this one"
                    + " as primary(…)");
        }
    }

    /** How many scripts are to be applied. */
    private static int pending(MigrationInfoService info) {
        for (MigrationInfo script : info.all()) {
            MigrationState state = script.getState();
            if (state == MigrationState.FUTURE_SUCCESS || state == MigrationState.FUTURE_FAILED) {
                throw mismatch("The schema is at version " + script.getVersion()
                        + ", which this version of the library does not know: use the newest library that runs on it");
            }
            if (state == MigrationState.MISSING_SUCCESS || state.isFailed()) {
                throw mismatch("The schema's history names script " + script.getScript() + " as "
                        + state.getDisplayName() + ": it was not made by a release of this library");
            }
            if (script.isVersioned() && state.isApplied() && !script.isChecksumMatching()) {
                throw mismatch("Script " + script.getScript() + " was applied in another form than this library has");
            }
        }
        return info.pending().length;
    }

    /** Refuses a pooler that gives each transaction another backend: locks and settings of a session would break there. */
    private void requireSameBackend() throws SQLException {
        try (Catalog other = Catalog.open(address)) {
            if (Route.passage(address, catalog, other) == Route.Passage.TRANSACTION_POOLER) {
                throw throughPooler("This connection goes through a pooler that shares backends");
            }
        }
    }

    private void lock() throws SQLException {
        long deadline = System.nanoTime() + LOCK_DEADLINE.toNanos();
        while (!catalog.ask("select pg_try_advisory_lock(?)", LOCK_KEY)) {
            if (System.nanoTime() > deadline) {
                throw new SnagrDataException.Failed(
                        ErrorCode.TIMEOUT,
                        true,
                        "Another node has been migrating for " + LOCK_DEADLINE.toMinutes() + " minutes: " + holder(),
                        null);
            }
            pause(LOCK_POLL);
        }
    }

    private String holder() throws SQLException {
        return catalog.find(
                        "select format('pid %s, application %s, since %s', a.pid, a.application_name, a.backend_start)"
                                + " from pg_locks l join pg_stat_activity a on a.pid = l.pid"
                                + " where l.locktype = 'advisory' and l.granted and l.database ="
                                + " (select oid from pg_database where datname = current_database())"
                                + " and (l.classid::bigint << 32) | l.objid::bigint = ? and l.objsubid = 1",
                        LOCK_KEY)
                .orElse("it has just ended");
    }

    private void createSchema() throws SQLException {
        if (catalog.ask("select to_regnamespace(?) is not null", SCHEMA)) {
            return;
        }
        if (!catalog.ask("select has_database_privilege(current_database(), 'create')")) {
            throw new SnagrDataException.Misconfigured("The login '" + address.user() + "' may not create the schema "
                    + SCHEMA + ": run, as the database's owner, grant create on database … to "
                    + Catalog.quoted(address.user()));
        }
        catalog.run("create schema " + SCHEMA);
    }

    private void apply() throws SQLException {
        long begin = System.nanoTime();
        while (true) {
            Flyway flyway = flyway();
            if (pending(flyway.info()) == 0) {
                return;
            }
            try {
                int scripts = flyway.migrate().migrationsExecuted;
                LOG.info(
                        "Schema {} is up to date: {} scripts applied in {} ms",
                        SCHEMA,
                        scripts,
                        Duration.ofNanos(System.nanoTime() - begin).toMillis());
                return;
            } catch (FlywayException failure) {
                if (!SetupErrors.isTransient(failure) || System.nanoTime() - begin > RETRY_DEADLINE.toNanos()) {
                    throw failed(failure);
                }
                LOG.debug("A migration waits for locks that others hold, and is tried again");
                pauseBeforeRetry();
            }
        }
    }

    private Flyway flyway() {
        Flyway flyway = Flyway.configure(Migrator.class.getClassLoader())
                .dataSource(Catalog.dataSource(address))
                .locations(SCRIPTS, SEEDS)
                .failOnMissingLocations(true)
                .defaultSchema(SCHEMA)
                .schemas(SCHEMA)
                .createSchemas(false)
                .table(HISTORY_TABLE)
                .cleanDisabled(true)
                .placeholderReplacement(false)
                .validateMigrationNaming(true)
                .callbacks(new ShortLocks(), new ScriptEvents())
                .loggers(QuietLog.class.getName())
                .load();
        flyway.getConfigurationExtension(PostgreSQLConfigurationExtension.class).setTransactionalLock(false);
        return flyway;
    }

    private static SnagrDataException failed(FlywayException failure) {
        SQLException sql = SetupErrors.sqlException(failure);
        return sql == null
                ? new SnagrDataException.Misconfigured(
                        ErrorCode.SCHEMA_MISMATCH, String.valueOf(failure.getMessage()), failure)
                : SetupErrors.of("Migrating the schema " + SCHEMA, sql);
    }

    private static SnagrDataException mismatch(String what) {
        return new SnagrDataException.Misconfigured(ErrorCode.SCHEMA_MISMATCH, what, null);
    }

    private static SnagrDataException throughPooler(String why) {
        return new SnagrDataException.Misconfigured(why
                + ", and a schema cannot be changed through it: give a direct or session URL (on Supabase port 5432)"
                + " as migrator(…), and the pooler's as primary(…)");
    }

    private static void pauseBeforeRetry() {
        pause(Duration.ofMillis(ThreadLocalRandom.current().nextInt(RETRY_PAUSE_MILLIS, 2 * RETRY_PAUSE_MILLIS)));
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new SnagrDataException.Failed(
                    ErrorCode.UNAVAILABLE, true, "Interrupted while waiting to migrate", interrupted);
        }
    }

    /** What is changed in one transaction. */
    interface Change {
        void make() throws SQLException;
    }

    /** Limits how long a script waits for each of its locks, in the script's transaction. */
    private static final class ShortLocks implements Callback {
        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            Connection connection = context.getConnection();
            try (Statement statement = connection.createStatement()) {
                statement.execute("set local lock_timeout = '100ms'");
            } catch (SQLException e) {
                throw new FlywayException("The lock timeout cannot be set", e);
            }
        }

        @Override
        public String getCallbackName() {
            return "short-locks";
        }
    }

    /**
     * Puts each script on record in the script's own transaction: kept if and only if the script is. The script from which
     * on the trail can hold it brings those that came before.
     */
    private static final class ScriptEvents implements Callback {
        private static final String FIRST = "003";

        private static final String EARLIER = """
                insert into snagr.audit_events (id, actor, role, action, object, reason)
                select gen_random_uuid(), installed_by, installed_by, 'schema_change',
                  'script:' || script || coalesce(':' || checksum, ''), 'applied at ' || installed_on
                from snagr.schema_history
                where success""";

        private static final String EVENT = """
                insert into snagr.audit_events (id, actor, role, action, object)
                values (gen_random_uuid(), session_user, current_user, 'schema_change', ?)""";

        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.AFTER_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            MigrationInfo script = context.getMigrationInfo();
            MigrationVersion first = MigrationVersion.fromVersion(FIRST);
            if (script.isVersioned() && script.getVersion().compareTo(first) < 0) {
                return;
            }
            Connection connection = context.getConnection();
            try (Statement earlier = connection.createStatement();
                    PreparedStatement own = connection.prepareStatement(EVENT)) {
                if (script.isVersioned() && script.getVersion().equals(first)) {
                    earlier.execute(EARLIER);
                }
                Integer checksum = script.getChecksum();
                own.setString(1, "script:" + script.getScript() + (checksum == null ? "" : ":" + checksum));
                own.execute();
            } catch (SQLException e) {
                throw new FlywayException("The audit event of script " + script.getScript() + " cannot be written", e);
            }
        }

        @Override
        public String getCallbackName() {
            return "script-events";
        }
    }
}

package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;
import ai.snagr.data.AdminProof;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.postgres.PoolSettings;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.WireRelay;
import ai.snagr.data.user.UserId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.UUID;
import org.postgresql.copy.CopyIn;

/**
 * A database with one table under row-level security and a login that may do nothing but become a role, and a relay
 * before it. Two users have a note each.
 */
final class SmallSchema implements AutoCloseable {
    static final UserId ALICE = new UserId(UUID.fromString("018f4e00-0000-7000-8000-00000000000a"));
    static final UserId BOB = new UserId(UUID.fromString("018f4e00-0000-7000-8000-00000000000b"));
    static final ActorContext AS_ALICE = ActorContext.of(Actor.user(ALICE));
    static final ActorContext AS_BOB = ActorContext.of(Actor.user(BOB));
    static final ActorContext AS_MATCHER = ActorContext.of(Actor.service(ServiceRole.MATCHER));
    static final ActorContext AS_ADMIN = ActorContext.of(
            Actor.admin("ops \"x\" \\ é", "ticket 7", new AdminProof("code")), Instant.parse("2099-01-01T00:00:00Z"));

    private static final String LOGIN = "connect_test_app";
    private static final String PASSWORD = "connect-test";

    private static final String SCHEMA = """
            do $$
            declare
              r text;
            begin
              foreach r in array array['snagr_user', 'snagr_matcher', 'snagr_payments', 'snagr_admin', 'snagr_bulk'] loop
                if not exists (select from pg_roles where rolname = r) then
                  execute format('create role %I nologin', r);
                end if;
              end loop;
              if not exists (select from pg_roles where rolname = 'connect_test_app') then
                create role connect_test_app login noinherit password 'connect-test';
              end if;
              foreach r in array array['snagr_user', 'snagr_matcher', 'snagr_payments', 'snagr_admin', 'snagr_bulk'] loop
                if current_setting('server_version_num')::int >= 160000 then
                  execute format('grant %I to connect_test_app with inherit false, set true', r);
                else
                  execute format('grant %I to connect_test_app', r);
                end if;
              end loop;
            end $$;
            create schema snagr;
            grant usage on schema snagr to public;
            create table snagr.notes (
              user_id uuid not null, id uuid primary key default gen_random_uuid(), title text constraint title_not_blank check (title <> ''),
              at timestamptz, n int, big bigint, score double precision, flag boolean, raw bytea, doc jsonb, day date,
              price numeric, small smallint, ratio real, ids uuid[], words text[], bigs bigint[], ats timestamptz[],
              constraint one_title unique (user_id, title));
            alter table snagr.notes enable row level security, force row level security;
            create policy own on snagr.notes to snagr_user, snagr_payments
              using (user_id = (select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid));
            create policy every on snagr.notes to snagr_matcher, snagr_admin using (true);
            grant select, insert, update, delete on snagr.notes to snagr_user, snagr_matcher, snagr_admin;
            grant select on snagr.notes to snagr_payments;
            create table snagr.links (note uuid constraint to_note references snagr.notes (id));
            grant select, insert on snagr.links to snagr_matcher;
            create table snagr.staging (run uuid, body text);
            alter table snagr.staging owner to snagr_bulk;
            create table snagr.audit_events (
              id uuid primary key, created_at timestamptz default now(), actor text, role text, action text, object text, reason text,
              outcome text, request text, subject bytea);
            alter table snagr.audit_events enable row level security, force row level security;
            create policy as_himself on snagr.audit_events for insert to snagr_admin
              with check (actor = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'admin') and role = current_user);
            grant insert on snagr.audit_events to snagr_admin;
            insert into snagr.notes (user_id, title) values
              ('018f4e00-0000-7000-8000-00000000000a', 'of alice'), ('018f4e00-0000-7000-8000-00000000000b', 'of bob');
            """;

    private final TestDatabase database = TestDatabase.createEmpty();
    private final WireRelay relay = WireRelay.to(database.jdbcUrl());

    SmallSchema() {
        execute(SCHEMA);
    }

    WireRelay relay() {
        return relay;
    }

    /** Through the relay, as the login without rights. */
    StoreAddress address() {
        return new StoreAddress(relay.jdbcUrl(database.jdbcUrl()), LOGIN, PASSWORD);
    }

    /** A connection through the relay, as the login without rights and without any wrapper. */
    Connection raw() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", LOGIN);
        properties.setProperty("password", PASSWORD);
        properties.setProperty("reWriteBatchedInserts", "true");
        return DriverManager.getConnection(address().jdbcUrl(), properties);
    }

    Database open(PoolSettings settings) {
        return Database.open(address(), settings);
    }

    static Prelude prelude() {
        return new Prelude(Duration.ofSeconds(20));
    }

    /** As a superuser, past every policy. */
    void execute(String sql) {
        try (Connection connection = superuser();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of the first row, as a superuser. */
    String value(String sql) {
        try (Connection connection = superuser();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What another user of the same connection would find set. */
    static String sessionState(Connection raw) throws SQLException {
        try (Statement statement = raw.createStatement();
                ResultSet row = statement.executeQuery("select concat_ws('|', current_user, current_setting('role'),"
                        + " nullif(current_setting('request.jwt.claims', true), ''),"
                        + " current_setting('statement_timeout'), current_setting('search_path'),"
                        + " current_setting('default_transaction_read_only'),"
                        + " current_setting('default_transaction_isolation'))")) {
            row.next();
            return row.getString(1);
        }
    }

    private Connection superuser() throws SQLException {
        return DriverManager.getConnection(
                database.jdbcUrl(),
                database.postgres().user(),
                database.postgres().password());
    }

    @Override
    public void close() {
        relay.close();
        database.close();
    }

    /** How many rows the text went in as, by COPY. */
    static long copy(SessionConnection connection, String sql, String text) throws SQLException {
        CopyIn copy = connection.copyIn(sql);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        copy.writeToCopy(bytes, 0, bytes.length);
        return copy.endCopy();
    }
}

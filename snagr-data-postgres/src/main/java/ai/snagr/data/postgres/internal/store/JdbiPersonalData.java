package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.postgres.internal.audit.AuditEntry;
import ai.snagr.data.postgres.internal.audit.AuditLog;
import ai.snagr.data.postgres.internal.connect.Binds;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.PreferenceRepository;
import ai.snagr.data.privacy.PersonalData;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.UnlockRepository;
import ai.snagr.data.user.UserId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything about one user, as JSON: one member for each table, one object for each row, one member for each column, made
 * by PostgreSQL from the columns that are named here. A test compares them with the catalog.
 */
final class JdbiPersonalData implements PersonalData {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int VERSION = 1;
    private static final int PAGE = 200;

    /** Of users and of user_preferences there is one row. */
    private static final String ACCOUNT = """
            select id, %s, null::uuid, false
            from snagr.users
            where id = :userId""".formatted(json("id email is_active deleted_at created_at updated_at"));

    private static final String PREFERENCES = """
            select user_id, %s, null::uuid, false
            from snagr.user_preferences
            where user_id = :userId""".formatted(json("notification_email notification_sms updated_at"));

    private static final String CLOSED = "null::uuid, false";

    private static final List<Table> TABLES = List.of(
            new Table("searches", "id query_text parameters last_activity_at created_at", CLOSED),
            new Table("saved_searches", "id search_id status frequency last_run_at next_run_at created_at", CLOSED),
            new Table(
                    "jobs",
                    "id search_id status origin error retry_count available_at created_at started_at completed_at",
                    CLOSED),
            new Table(
                    "matches",
                    "id search_id job_id title price_minor currency description image_url posted_at distance_meters"
                            + " relevance_score frozen created_at updated_at",
                    CLOSED),
            new Table(
                    "payments",
                    "id match_id stripe_payment_id stripe_event_id amount_minor currency status created_at completed_at"
                            + " updated_at",
                    CLOSED),
            new Table(
                    "unlocks",
                    "id match_id payment_id unlocked_at revoked_at suggested_message",
                    "match_id, revoked_at is null"),
            new Table(
                    "notifications",
                    "id search_id channel status content attempts available_at created_at sent_at",
                    CLOSED));

    /** Of the trail, which no user reads, what it says about him. */
    private static final String RECORDED =
            """
            select id, %s, null::uuid, false
            from snagr.audit_events_about(:subject, :after, %d)""".formatted(json("id created_at role by_himself action object outcome"), PAGE);

    private static final RowMapper<Row> ROW =
            (row, context) -> new Row(Rows.uuid(row, 1), row.getString(2), Rows.uuid(row, 3), row.getBoolean(4));

    private final Caller caller;
    private final PreferenceRepository preferences;
    private final UnlockRepository unlocks;

    JdbiPersonalData(Caller caller, PreferenceRepository preferences, UnlockRepository unlocks) {
        this.caller = caller;
        this.preferences = preferences;
        this.unlocks = unlocks;
    }

    @Override
    public void export(OutputStream out) throws IOException {
        UserId user = caller.user("privacy.export");
        if (!(caller.context().actor() instanceof Actor.UserActor)) {
            throw new SnagrDataException.Denied(
                    ErrorCode.ACCESS_DENIED,
                    "privacy.export shows a person his own data, opened: it is for Actor.user(id) alone");
        }
        String object = "users:" + user;
        AuditLog.record(caller.outside(), caller.context(), AuditEntry.attempted(AuditAction.DATA_EXPORT, object));
        write(out, "{\"format\":\"snagr-personal-data\",\"version\":" + VERSION + ",\"user_id\":\"" + user + "\"");
        write(out, ",\"users\":[");
        single(out, user, ACCOUNT, "");
        write(out, "],\"user_preferences\":[");
        PhoneNumber phone = preferences.get().phoneNumber();
        single(
                out,
                user,
                PREFERENCES,
                ",\"phone_number\":" + JSON.writeValueAsString(phone == null ? null : phone.value()));
        for (Table table : TABLES) {
            write(out, "],\n\"" + table.name + "\":[");
            all(out, after -> page(user, table, after));
        }
        write(out, "],\n\"audit_events\":[");
        all(out, this::recorded);
        AuditLog.record(caller.outside(), caller.context(), AuditEntry.succeeded(AuditAction.DATA_EXPORT, object));
        write(out, "],\n\"complete\":true}\n");
        out.flush();
    }

    private void single(OutputStream out, UserId user, String sql, String more) throws IOException {
        List<Row> rows = caller.run(
                "privacy.export",
                handle -> handle.createQuery(sql)
                        .bind("userId", user.value())
                        .map(ROW)
                        .list());
        for (Row row : rows) {
            write(out, extended(row.json, more));
        }
    }

    private void all(OutputStream out, Function<UUID, List<Row>> pageAfter) throws IOException {
        UUID after = new UUID(0, 0); // below every id
        String separator = "\n";
        List<Row> rows;
        do {
            rows = pageAfter.apply(after);
            for (Row row : rows) {
                UUID opens = row.isOpen ? row.matchId : null;
                write(out, separator + extended(row.json, opens == null ? "" : opened(new MatchId(opens))));
                separator = ",\n";
                after = row.id;
            }
        } while (rows.size() == PAGE);
    }

    private List<Row> recorded(UUID after) {
        return caller.run(
                "privacy.export",
                handle -> handle.createQuery(RECORDED)
                        .bind("subject", Binds.bytes(caller.context().pseudonym()))
                        .bind("after", after)
                        .map(ROW)
                        .list());
    }

    private List<Row> page(UserId user, Table table, UUID after) {
        return caller.run(
                "privacy.export",
                handle -> handle.createQuery(table.sql)
                        .bind("userId", user.value())
                        .bind("after", after)
                        .map(ROW)
                        .list());
    }

    /** What an unlock shows, which is put on record as every reveal is. */
    private String opened(MatchId match) {
        RevealedMatch revealed;
        try {
            revealed = unlocks.reveal(match);
        } catch (SnagrDataException.Denied closedMeanwhile) {
            if (closedMeanwhile.code() == ErrorCode.NOT_UNLOCKED) {
                return "";
            }
            throw closedMeanwhile;
        }
        String seller = new String(SellerInfoJson.write(revealed.seller().expose()), StandardCharsets.UTF_8);
        return ",\"seller_info\":" + seller + ",\"listing_url\":"
                + JSON.writeValueAsString(revealed.listingUrl().expose().value());
    }

    /** The object with more members. */
    private static String extended(String object, String members) {
        return object.substring(0, object.length() - 1) + members + "}";
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A JSON object of these columns, with instants in UTC. */
    private static String json(String columns) {
        StringBuilder members = new StringBuilder();
        for (String column : columns.split(" ", -1)) {
            String value = column.endsWith("_at")
                    ? "to_char(" + column + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                    : column;
            members.append(members.isEmpty() ? "" : ", ").append("'" + column + "', " + value);
        }
        return "json_build_object(" + members + ")::text";
    }

    private record Row(UUID id, String json, @Nullable UUID matchId, boolean isOpen) {}

    /** A table of rows of users, with the statement of a page of it. */
    private record Table(String name, String sql) {
        Table(String name, String columns, String opens) {
            this(name, """
                    select id, %s, %s
                    from snagr.%s
                    where user_id = :userId and id > :after
                    order by id
                    limit %d""".formatted(json(columns), opens, name, PAGE));
        }
    }
}

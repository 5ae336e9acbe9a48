package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is sent in front of a query, in the same message: the role, the claims and the time limit, all of them local to
 * the transaction, which for a single statement is the implicit one that ends with it. For an admin also the audit event.
 */
final class Prelude {
    /** A condition, so that nothing of it comes back: no row, and no column. */
    private static final String CONTEXT = "select where (set_config('role', ?, true)"
            + " || set_config('request.jwt.claims', ?, true) || set_config('statement_timeout', ?, true)) is null";

    private static final String AUDIT =
            "insert into snagr.audit_events (id, actor, role, action, object, reason, outcome, request, subject)"
                    + " values (?, ?, ?, 'admin_statement', ?, ?, ?, ?, ?)";

    /** What may be sent: nothing that sets session state, ends a transaction, or refuses to run inside one. */
    private static final Set<String> VERBS =
            Set.of("select", "insert", "update", "delete", "merge", "with", "values", "explain");

    private static final int CACHED_STATEMENTS = 2_000;

    private final Map<String, Sql> composed = new ConcurrentHashMap<>();
    private final NoArgGenerator ids = Generators.timeBasedEpochRandomGenerator();
    private final String timeoutMillis;
    private final String context;

    Prelude(Duration statementTimeout) {
        this(statementTimeout, CONTEXT);
    }

    private Prelude(Duration statementTimeout, String context) {
        this.timeoutMillis = Long.toString(statementTimeout.toMillis());
        this.context = context;
    }

    /** One that says nothing to the server, for tests that see what happens when it is forgotten. */
    static Prelude withoutContext() {
        return new Prelude(Duration.ofSeconds(1), "select ?, ?, ?");
    }

    /** One that claims the same for everybody, for tests that see what happens when the claims are not the actor's. */
    static Prelude claiming(String claims) {
        String literal = "left(?, 0) || '" + claims.replace("'", "''") + "'";
        return new Prelude(Duration.ofSeconds(5), CONTEXT.replace("claims', ?", "claims', " + literal));
    }

    /** The query with each prelude; INTERNAL if it is no query or change of rows. */
    Sql compose(String query) {
        Sql known = composed.get(query);
        if (known != null) {
            return known;
        }
        requireVerb(query);
        Sql sql = new Sql(query, context + ";\n" + query, context + ";\n" + AUDIT + ";\n" + query);
        if (composed.size() < CACHED_STATEMENTS) {
            composed.put(query, sql);
        }
        return sql;
    }

    /** The prelude without a query. */
    String alone(Kind kind) {
        return kind == Kind.AUDITED ? context + ";\n" + AUDIT : context;
    }

    /** Binds the parameters of the prelude and returns how many there are. */
    int bind(Kind kind, PreparedStatement statement, Acting acting) throws SQLException {
        if (kind == Kind.NONE) {
            return 0;
        }
        ActorContext context = acting.context();
        statement.setString(1, context.role().sqlName());
        statement.setString(2, context.claims());
        statement.setString(3, timeoutMillis);
        if (kind == Kind.AUDITED) {
            Actor.AdminActor admin = (Actor.AdminActor) context.actor();
            statement.setObject(4, ids.generate());
            statement.setString(5, admin.id());
            statement.setString(6, context.role().sqlName());
            statement.setString(7, acting.operation());
            statement.setString(8, admin.reason());
            statement.setString(9, acting.outcome().name().toLowerCase(Locale.ROOT));
            statement.setString(10, context.request());
            statement.setBytes(11, context.pseudonym());
        }
        return kind.parameters;
    }

    private static void requireVerb(String query) {
        String stripped = query.stripLeading();
        int end = 0;
        while (end < stripped.length() && Character.isLetter(stripped.charAt(end))) {
            end++;
        }
        String verb = stripped.substring(0, end).toLowerCase(Locale.ROOT);
        if (!VERBS.contains(verb)) {
            throw new SnagrDataException.Failed(
                    ErrorCode.INTERNAL,
                    false,
                    "A statement that begins with '" + verb + "' is refused: it must begin with one of "
                            + VERBS.stream().sorted().toList()
                            + ", since a connection keeps no state and a transaction is ended by its scope",
                    null);
        }
    }

    /** Which prelude a statement needs: how many parameters it has, and how many results come before the query's own. */
    enum Kind {
        NONE(0, 0),
        CONTEXT(3, 1),
        AUDITED(11, 2);

        private final int parameters;
        private final int results;

        Kind(int parameters, int results) {
            this.parameters = parameters;
            this.results = results;
        }

        int results() {
            return results;
        }
    }

    /** A query, alone and behind each prelude. The same instances each time, so that the driver finds them fast. */
    record Sql(String query, String afterContext, String afterAudit) {
        String with(Kind kind) {
            return switch (kind) {
                case NONE -> query;
                case CONTEXT -> afterContext;
                case AUDITED -> afterAudit;
            };
        }
    }
}

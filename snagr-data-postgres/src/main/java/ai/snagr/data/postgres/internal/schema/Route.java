package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.StoreAddress;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.postgresql.Driver;

/**
 * How connections reach the server, and what kind of server it is: found out by asking it, since neither a port nor a host
 * says it for certain.
 *
 * @param passage what stands between
 * @param prepared whether a statement that is prepared once can be executed again
 * @param serverVersion such as {@code 18.6}
 */
public record Route(Passage passage, PreparedStatements prepared, Host host, String serverVersion) {
    /** Where nothing is in the way: the driver's own default. */
    private static final int PREPARE_THRESHOLD = 5;

    static final String TRANSACTION_POOLER_PORT = "6543";
    private static final String SUPABASE_POOLERS = ".pooler.supabase.com";
    private static final String BACKEND = "select pg_backend_pid()::text";
    private static final int ROUNDS_THROUGH_A_POOLER = 5;
    private static final int ATTEMPTS = 3;
    private static final int ANSWER_MILLIS = 3_000;

    private static final String IS_SUPABASE = """
            select exists (
                select
                from pg_class c
                join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'auth' and c.relname = 'users')
              and 3 = (select count(*) from pg_roles where rolname in ('anon', 'authenticated', 'service_role'))
            """;

    /** Asks on two connections of its own. */
    static Route find(StoreAddress address) throws SQLException {
        try (Catalog first = Catalog.open(address);
                Catalog second = Catalog.open(address)) {
            String version = first.serverVersion();
            Host host = first.ask(IS_SUPABASE) ? Host.SUPABASE : Host.PLAIN;
            Passage passage = passage(address, first, second);
            PreparedStatements prepared =
                    passage == Passage.TRANSACTION_POOLER ? prepared(first, second) : PreparedStatements.KEPT;
            return new Route(passage, prepared, host, version);
        }
    }

    /** Whether one of the address's ports is by convention a transaction pooler's. */
    static boolean namesTransactionPooler(StoreAddress address) {
        return parts(address, "PGPORT").contains(TRANSACTION_POOLER_PORT);
    }

    /** The name by which that role logs in there: Supabase's shared pooler wants the project's reference behind it. */
    static String login(StoreAddress address, String role) {
        int reference = address.user().lastIndexOf('.');
        return isSupabasePooler(address) && reference > 0
                ? role + address.user().substring(reference)
                : role;
    }

    /** What is between two open connections to the same address and their server. */
    static Passage passage(StoreAddress address, Catalog first, Catalog second) throws SQLException {
        Set<String> mine = new HashSet<>();
        Set<String> others = new HashSet<>();
        int rounds = 1;
        boolean pooled = isSupabasePooler(address);
        for (int round = 1; round <= rounds; round++) {
            // Both twice in this order: a pooler that takes turns changes between two of one, and one that does not
            // gives both the same.
            for (Catalog connection : List.of(first, first, second, second)) {
                (connection == first ? mine : others)
                        .add(connection.find(BACKEND).orElseThrow());
            }
            if (mine.size() > 1 || others.size() > 1 || mine.equals(others)) {
                return Passage.TRANSACTION_POOLER;
            }
            // A pooler has keys of its own by which its clients cancel, and each begins with another process's number.
            pooled = pooled || !mine.contains(first.announcedBackend()) || !others.contains(second.announcedBackend());
            rounds = pooled ? ROUNDS_THROUGH_A_POOLER : 1;
        }
        if (!pooled) {
            return Passage.DIRECT;
        }
        return namesTransactionPooler(address) ? Passage.TRANSACTION_POOLER : Passage.SESSION_POOLER;
    }

    /** Has a statement executed on another backend than the one it was prepared on, which the second connection holds. */
    private static PreparedStatements prepared(Catalog first, Catalog second) throws SQLException {
        // Where statements are not kept, another client's may be there under the same name.
        String mark = UUID.randomUUID().toString();
        first.limitAnswers(ANSWER_MILLIS);
        try (PreparedStatement statement =
                first.preparedAtOnce("select pg_backend_pid()::text as backend, '" + mark + "' as mark")) {
            // In transactions, since outside of them the driver prepares again what was lost.
            String home = first.within(() -> backend(statement, mark));
            for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
                String away = second.within(() -> {
                    second.find(BACKEND);
                    return first.within(() -> backend(statement, mark));
                });
                if (!away.equals(home)) {
                    return PreparedStatements.KEPT;
                }
            }
            return PreparedStatements.UNPROVEN;
        } catch (SQLException refused) {
            // A pooler with a single backend, or none free, does not answer.
            return SetupErrors.isUnavailable(refused) ? PreparedStatements.UNPROVEN : PreparedStatements.LOST;
        }
    }

    private static String backend(PreparedStatement statement, String mark) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            if (!mark.equals(row.getString("mark"))) {
                throw new SQLException("another client's statement answered");
            }
            return row.getString("backend");
        }
    }

    private static boolean isSupabasePooler(StoreAddress address) {
        return parts(address, "PGHOST").stream().anyMatch(host -> host.endsWith(SUPABASE_POOLERS));
    }

    private static List<String> parts(StoreAddress address, String part) {
        Properties parts = Driver.parseURL(address.jdbcUrl(), null);
        return parts == null
                ? List.of()
                : Arrays.asList(parts.getProperty(part, "").split(","));
    }

    /**
     * From which execution on statements are prepared on the server; 0 for never.
     *
     * @param wanted what the host has set
     * @throws SnagrDataException CONFIGURATION if that cannot work on this route
     */
    public int prepareThreshold(OptionalInt wanted) {
        if (wanted.isEmpty()) {
            return prepared == PreparedStatements.KEPT ? PREPARE_THRESHOLD : 0;
        }
        if (wanted.getAsInt() > 0 && prepared == PreparedStatements.LOST) {
            throw new SnagrDataException.Misconfigured("PoolSettings sets prepareThreshold to " + wanted.getAsInt()
                    + ", but primary(…) leads through a transaction pooler that loses prepared statements: leave"
                    + " prepareThreshold out or set it to 0, or have the pooler keep them (PgBouncer from 1.21 on:"
                    + " max_prepared_statements)");
        }
        return wanted.getAsInt();
    }

    /** One line for the log. */
    public String describe(int prepareThreshold) {
        List<String> words = new ArrayList<>(List.of("PostgreSQL " + serverVersion, host.words, passage.words));
        words.add(
                prepareThreshold == 0
                        ? "prepared statements off" + prepared.words
                        : "prepared statements on from execution " + prepareThreshold);
        return String.join(", ", words);
    }

    /** What stands between a connection and its backend. */
    public enum Passage {
        DIRECT("direct connection"),
        /** Each connection keeps its backend. */
        SESSION_POOLER("session pooler"),
        /** Each transaction may have another backend, whose session others share. */
        TRANSACTION_POOLER("transaction pooler");

        private final String words;

        Passage(String words) {
            this.words = words;
        }
    }

    /** What becomes of a statement that was prepared on the server. */
    public enum PreparedStatements {
        KEPT(""),
        LOST(" since the pooler loses them"),
        /** No second backend was to be had. */
        UNPROVEN(" since the pooler had no second backend to try them on");

        private final String words;

        PreparedStatements(String words) {
            this.words = words;
        }
    }

    /** Who runs the server. */
    public enum Host {
        PLAIN("plain"),
        SUPABASE("Supabase");

        private final String words;

        Host(String words) {
            this.words = words;
        }
    }
}

package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.spi.StoreAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.postgresql.util.PasswordUtil;

/**
 * The login that statements are sent with. It has no right of its own: it can log in, and take the roles that its service
 * needs, one statement at a time. So a statement that says no role reads nothing.
 */
final class ServingLogin {
    /** The login that is made where the host gives one credential only. */
    static final String OWN = "snagr_app";

    private static final String DERIVATION = "snagr-data serving login 1: ";
    private static final String DUPLICATE_OBJECT = "42710";
    private static final int ATTEMPTS = 20;

    private ServingLogin() {}

    /**
     * The address with the login {@value #OWN}, created or brought up to date. Its password is
     * {@code base64url(HMAC-SHA-256(key = the migrator's password, text = "snagr-data serving login 1: snagr_app"))}, so all
     * nodes that know the one know the other, and it is sent to the server as a SCRAM verifier only.
     */
    static StoreAddress own(StoreAddress migrator, Catalog catalog, Set<DatabaseRole> roles) throws SQLException {
        StoreAddress serving = migrator.as(Route.login(migrator, OWN), derived(migrator.password()));
        for (int attempt = 1; ; attempt++) {
            try {
                define(catalog, roles, serving);
                return serving;
            } catch (SQLException e) {
                // Roles belong to the cluster: another database of it may be defining the same.
                if (attempt == ATTEMPTS || !SetupErrors.isTransient(e)) {
                    throw e;
                }
            }
        }
    }

    /**
     * Refuses a login that can do more, or less, than take exactly these roles.
     *
     * @param mayHaveMore whether further serving roles are allowed, as for the login that services share
     */
    static void verify(Catalog login, Set<DatabaseRole> roles, boolean mayHaveMore) throws SQLException {
        List<String> problems = new ArrayList<>(attributes(login));
        if (problems.isEmpty()) {
            problems.addAll(memberships(login, roles, mayHaveMore));
        }
        if (!problems.isEmpty()) {
            throw new SnagrDataException.Misconfigured("The login '"
                    + login.find("select current_user").orElseThrow() + "' is not fit to serve: it "
                    + String.join("; it ", problems) + ". This makes one that is, and migrator(…) takes the owner's:\n"
                    + remedy(roles, login.serverMajor()));
        }
    }

    /** The statements that make a fitting login. */
    static String remedy(Set<DatabaseRole> roles, int serverMajor) {
        return "create role my_service login noinherit password '<password>';\n"
                + grant(roles, "my_service", serverMajor) + ";";
    }

    private static void define(Catalog catalog, Set<DatabaseRole> roles, StoreAddress serving) throws SQLException {
        if (!catalog.ask("select exists (select from pg_roles where rolname = ?)", OWN)) {
            create(catalog, serving);
        }
        Set<DatabaseRole> missing = missing(catalog, roles);
        if (!missing.isEmpty()) {
            catalog.run(grant(missing, OWN, catalog.serverMajor()));
        }
        if (!catalog.ask("select has_database_privilege(?, current_database(), 'connect')", OWN)) {
            catalog.run("grant connect on database "
                    + Catalog.quoted(catalog.find("select current_database()").orElseThrow()) + " to " + OWN);
        }
        try (Catalog login = Catalog.open(serving)) {
            verify(login, roles, true);
        } catch (SQLException e) {
            if (!SetupErrors.isWrongPassword(e)) {
                throw e;
            }
            catalog.run("alter role " + OWN + " password " + verifier(serving.password()));
            try (Catalog login = Catalog.open(serving)) {
                verify(login, roles, true);
            }
        }
    }

    private static void create(Catalog catalog, StoreAddress serving) throws SQLException {
        try {
            catalog.run("create role " + OWN + " login noinherit password " + verifier(serving.password()));
        } catch (SQLException e) {
            if (!DUPLICATE_OBJECT.equals(e.getSQLState())) {
                throw e;
            }
        }
    }

    private static Set<DatabaseRole> missing(Catalog catalog, Set<DatabaseRole> roles) throws SQLException {
        Set<DatabaseRole> missing = new TreeSet<>(roles);
        String options = catalog.serverMajor() >= 16 ? " and m.set_option and not m.inherit_option" : "";
        List<String> granted = catalog.list(
                "select m.roleid::regrole::text from pg_auth_members m where m.member = ?::regrole" + options, OWN);
        missing.removeIf(role -> granted.contains(role.sqlName()));
        return missing;
    }

    private static String grant(Set<DatabaseRole> roles, String login, int serverMajor) {
        String names = new TreeSet<>(roles).stream().map(DatabaseRole::sqlName).collect(Collectors.joining(", "));
        return "grant " + names + " to " + login + (serverMajor >= 16 ? " with inherit false, set true" : "");
    }

    /** What the login is or owns, and must not. */
    private static List<String> attributes(Catalog login) throws SQLException {
        return login.list("""
                select p.problem
                from pg_roles r
                cross join lateral (values
                  (r.rolsuper, 'is a superuser'),
                  (r.rolbypassrls, 'has BYPASSRLS'),
                  (r.rolcreaterole, 'has CREATEROLE'),
                  (r.rolcreatedb, 'has CREATEDB'),
                  (r.rolreplication, 'has REPLICATION'),
                  (r.rolinherit, 'has INHERIT'),
                  (exists (
                    select from pg_shdepend d
                    where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o'
                      and (d.dbid = (select oid from pg_database where datname = current_database())
                        or d.classid = 'pg_database'::regclass and d.objid =
                          (select oid from pg_database where datname = current_database()))),
                    'owns the database or objects in it'),
                  (has_schema_privilege(r.oid, to_regnamespace('snagr'), 'usage'), 'has privileges in schema snagr without taking a role')
                ) as p (holds, problem)
                where r.rolname = current_user and p.holds
                """);
    }

    private static List<String> memberships(Catalog login, Set<DatabaseRole> roles, boolean mayHaveMore)
            throws SQLException {
        List<String> problems = new ArrayList<>();
        Set<String> wanted = names(roles);
        Set<String> member = new TreeSet<>(login.list(
                "select r.rolname from pg_roles r where r.rolname <> current_user and pg_has_role(r.oid, 'member')"));
        Set<String> usable = login.serverMajor() < 16
                ? member
                : new TreeSet<>(
                        login.list(
                                "select r.rolname from pg_roles r where r.rolname <> current_user and pg_has_role(r.oid, 'set')"));
        Set<String> allowed = mayHaveMore ? names(Set.of(DatabaseRole.values())) : wanted;
        Set<String> missing = minus(wanted, usable);
        Set<String> surplus = minus(member, allowed);
        if (!missing.isEmpty()) {
            problems.add("cannot take " + String.join(", ", missing));
        }
        if (!surplus.isEmpty()) {
            problems.add("is a member of " + String.join(", ", surplus) + ", which its service does not need");
        }
        List<String> inherited = login.list(
                "select r.rolname from pg_roles r where r.rolname <> current_user and pg_has_role(r.oid, 'usage')");
        if (!inherited.isEmpty()) {
            problems.add("inherits " + String.join(", ", inherited));
        }
        return problems;
    }

    private static Set<String> names(Set<DatabaseRole> roles) {
        return roles.stream().map(DatabaseRole::sqlName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> minus(Set<String> all, Set<String> without) {
        Set<String> rest = new TreeSet<>(all);
        rest.removeAll(without);
        return rest;
    }

    private static String derived(String password) {
        if (password.isBlank()) {
            throw new SnagrDataException.Misconfigured(
                    "A login without a password cannot serve, and none can be derived"
                            + " from it: give both migrator(…) and primary(…)");
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(password.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] code = mac.doFinal((DERIVATION + OWN).getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(code);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has HmacSHA256", e);
        }
    }

    private static String verifier(String password) {
        return Catalog.literal(PasswordUtil.encodeScramSha256(password.toCharArray()));
    }
}

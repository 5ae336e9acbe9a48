package ai.snagr.data.postgres.internal.schema;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.connect.Transport;
import ai.snagr.data.postgres.internal.crypto.LockKey;
import ai.snagr.data.postgres.internal.crypto.LockPublicKey;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.spi.WrappedKey;
import com.fasterxml.uuid.Generators;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The schema {@code snagr} of a database, and the login that serves it: what stands between a URL and a pool. */
public final class Schema {
    private Schema() {}

    /**
     * Migrates, verifies, and says whom to serve as. Any number of nodes may call this at once, and repeating it changes
     * nothing.
     *
     * @param migrator the login that owns the schema, on a direct connection
     * @param primary the login to serve with, on any connection to the same database; empty to have one made
     * @param roles the roles that the serving login must be able to take; those it needs for bulk writes come with them.
     *     The host's role is given what users may if it is among them, else nothing
     * @throws SnagrDataException CONFIGURATION if a login, URL or server is not fit, with the remedy; SCHEMA_MISMATCH if the
     *     schema is another library's; UNAVAILABLE (retryable) if no server answers
     */
    public static Prepared prepare(StoreAddress migrator, Optional<StoreAddress> primary, Set<DatabaseRole> roles) {
        return prepare(migrator, primary, roles, Tie.NONE);
    }

    /**
     * The same, with the users tied as said.
     *
     * @param tie what the deletion of a user hangs on
     */
    public static Prepared prepare(
            StoreAddress migrator, Optional<StoreAddress> primary, Set<DatabaseRole> roles, Tie tie) {
        Set<DatabaseRole> needed = EnumSet.copyOf(roles);
        if (needed.contains(DatabaseRole.MATCHER)) {
            needed.add(DatabaseRole.BULK);
        }
        Migrator.requireDirect(migrator);
        try (Catalog catalog = Catalog.open(migrator)) {
            UUID deployment = migrate(migrator, catalog);
            HostRole.settle(
                    migrator,
                    catalog,
                    needed.contains(DatabaseRole.AUTHENTICATED)
                            ? HostRole.Users.AS_AUTHENTICATED
                            : HostRole.Users.AS_SNAGR_USER);
            AuthUsers.settle(migrator, catalog, tie);
            StoreAddress serving = primary.isPresent() ? primary.get() : ServingLogin.own(migrator, catalog, needed);
            if (primary.isPresent()) {
                verify(serving, needed, deployment);
            }
            return new Prepared(serving, deployment, catalog.serverMajor(), Route.find(serving));
        } catch (SQLException e) {
            throw SetupErrors.of("Preparing the database as '" + migrator.user() + "'", e);
        }
    }

    /**
     * Drops the schema with all its rows, and the roles unless something else on the server uses them. Nothing is dropped
     * when it fails.
     *
     * @param deployment the installation's id, as the confirmation that it is this one
     * @throws SnagrDataException CONFIGURATION if the schema is not there, is another deployment's or another login's, or if
     *     objects of others depend on it, which are then named
     */
    public static void uninstall(StoreAddress migrator, UUID deployment) {
        Uninstall.run(migrator, deployment);
    }

    /** Migrates, and verifies what came out. Any number of nodes may call this at once; repeating it changes nothing. */
    public static void migrateOnly(StoreAddress migrator) {
        Migrator.requireDirect(migrator);
        try (Catalog catalog = Catalog.open(migrator)) {
            migrate(migrator, catalog);
        } catch (SQLException e) {
            throw SetupErrors.of("Migrating the database as '" + migrator.user() + "'", e);
        }
    }

    /**
     * The newest wrapped key of the audit trail's pseudonyms that opens. Where none does, one is added: an installation
     * whose keys were exchanged goes on with new pseudonyms.
     *
     * @param fresh asked for a key when none opens; of two that are offered at once, one is kept
     */
    public static WrappedKey auditKey(StoreAddress migrator, Predicate<WrappedKey> opens, Supplier<WrappedKey> fresh) {
        try (Catalog catalog = Catalog.open(migrator)) {
            while (true) {
                List<WrappedKey> known = auditKeys(catalog);
                Optional<WrappedKey> found = known.stream().filter(opens).findFirst();
                if (found.isPresent()) {
                    return found.get();
                }
                WrappedKey offered = fresh.get();
                List<String> ignored = catalog.list(
                        "insert into snagr.audit_keys (number, wrapped_by, wrapped) values (?, ?, decode(?, 'hex'))"
                                + " on conflict (number) do nothing returning number",
                        known.size() + 1,
                        offered.wrappedBy().version(),
                        HexFormat.of().formatHex(offered.bytes()));
            }
        } catch (SQLException e) {
            throw SetupErrors.of("Reading the key of the audit trail as '" + migrator.user() + "'", e);
        }
    }

    /**
     * The newest lock key, which is made if there is none and somebody may make it; empty if there is none.
     *
     * @param fresh makes the first one
     */
    public static Optional<LockKey> lockKey(StoreAddress migrator, Optional<Supplier<LockKey>> fresh) {
        try (Catalog catalog = Catalog.open(migrator)) {
            Optional<LockKey> known = newestLockKey(catalog);
            if (known.isPresent() || fresh.isEmpty()) {
                return known;
            }
            LockKey offered = fresh.get().get();
            List<String> ignored = catalog.list(
                    "insert into snagr.lock_keys (version, public_key, wrapped_by, wrapped)"
                            + " values (?, decode(?, 'hex'), ?, decode(?, 'hex')) on conflict (version) do nothing"
                            + " returning version",
                    offered.version(),
                    HexFormat.of().formatHex(offered.publicKey().bytes()),
                    offered.wrapped().wrappedBy().version(),
                    HexFormat.of().formatHex(offered.wrapped().bytes()));
            return newestLockKey(catalog);
        } catch (SQLException e) {
            throw SetupErrors.of("Reading the lock key as '" + migrator.user() + "'", e);
        }
    }

    private static Optional<LockKey> newestLockKey(Catalog catalog) throws SQLException {
        return catalog
                .list("select version || ' ' || encode(public_key, 'hex') || ' ' || wrapped_by || ' '"
                        + " || encode(wrapped, 'hex') from snagr.lock_keys order by version desc limit 1")
                .stream()
                .map(row -> row.split(" "))
                .map(row -> new LockKey(
                        new LockPublicKey(
                                Integer.parseInt(row[0]), HexFormat.of().parseHex(row[1])),
                        new WrappedKey(
                                new KeyRef(KeyPurpose.LOCK, Integer.parseInt(row[2])),
                                HexFormat.of().parseHex(row[3]))))
                .findFirst();
    }

    /**
     * Writes an audit event for each of the two addresses that leads to another machine otherwise than over verified TLS,
     * with the reason for which that was allowed; one if they are the same. Nothing for others.
     */
    public static void recordPlaintext(StoreAddress migrator, StoreAddress serving) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (StoreAddress address : List.of(migrator, serving)) {
            Transport.unverified(address)
                    .ifPresent(host -> reasons.put(host, address.plaintext().orElseThrow()));
        }
        if (reasons.isEmpty()) {
            return;
        }
        try (Catalog catalog = Catalog.open(migrator)) {
            for (Map.Entry<String, String> entry : reasons.entrySet()) {
                List<String> ignored = catalog.list(
                        "insert into snagr.audit_events (id, actor, action, object, reason)"
                                + " values (?, ?, 'plaintext_allowed', left(?, 200), ?) returning id",
                        Generators.timeBasedEpochRandomGenerator().generate(),
                        "login " + migrator.user(),
                        "connection:" + entry.getKey(),
                        entry.getValue());
            }
        } catch (SQLException e) {
            throw SetupErrors.of("Recording that a plain connection is allowed, as '" + migrator.user() + "',", e);
        }
    }

    private static List<WrappedKey> auditKeys(Catalog catalog) throws SQLException {
        return catalog
                .list("select wrapped_by || ' ' || encode(wrapped, 'hex') from snagr.audit_keys order by number desc")
                .stream()
                .map(row -> row.split(" "))
                .map(row -> new WrappedKey(
                        new KeyRef(KeyPurpose.AUDIT, Integer.parseInt(row[0])),
                        HexFormat.of().parseHex(row[1])))
                .toList();
    }

    private static UUID migrate(StoreAddress migrator, Catalog catalog) throws SQLException {
        SchemaCheck.requireServer(catalog);
        Migrator.migrate(migrator, catalog);
        return SchemaCheck.requireGuarded(catalog);
    }

    private static void verify(StoreAddress primary, Set<DatabaseRole> roles, UUID deployment) {
        try (Catalog login = Catalog.open(primary)) {
            ServingLogin.verify(login, roles, false);
            requireDeployment(login, roles, deployment);
        } catch (SQLException e) {
            throw SetupErrors.of("Verifying the login '" + primary.user() + "'", e);
        }
    }

    /** Refuses a serving URL that leads to another database than the migrator's. */
    private static void requireDeployment(Catalog login, Set<DatabaseRole> roles, UUID deployment) throws SQLException {
        Optional<DatabaseRole> reader =
                roles.stream().filter(role -> role != DatabaseRole.BULK).findFirst();
        if (reader.isEmpty()) {
            return;
        }
        Optional<String> found = login.within(() -> {
            if (login.ask("select to_regnamespace('snagr') is null")) {
                return Optional.empty();
            }
            login.run("set local role " + reader.get().sqlName());
            return login.find("select id from snagr.deployment");
        });
        if (!found.equals(Optional.of(deployment.toString()))) {
            throw new SnagrDataException.Misconfigured(
                    "migrator(…) and primary(…) lead to two databases: their URLs must name the same one");
        }
    }

    /** What our users hang on. */
    public enum Tie {
        NONE,
        /** Each is one of Supabase Auth, and is deleted with that. */
        SUPABASE_AUTH
    }

    /**
     * What a pool needs to know.
     *
     * @param serving the address and login to serve with
     * @param deployment the installation's id, which is part of every sealed value
     * @param serverMajor the server's major version, such as 18
     * @param route how the serving login's connections reach the server
     */
    public record Prepared(StoreAddress serving, UUID deployment, int serverMajor, Route route) {}
}

package ai.snagr.data.postgres;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Problem;
import ai.snagr.data.RequestId;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.audit.AuditOutcome;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import ai.snagr.data.postgres.internal.audit.AuditEntry;
import ai.snagr.data.postgres.internal.audit.AuditLog;
import ai.snagr.data.postgres.internal.audit.TrailExport;
import ai.snagr.data.postgres.internal.audit.TrailSeal;
import ai.snagr.data.postgres.internal.connect.ActorContext;
import ai.snagr.data.postgres.internal.connect.Database;
import ai.snagr.data.postgres.internal.connect.DatabaseRole;
import ai.snagr.data.postgres.internal.connect.Trace;
import ai.snagr.data.postgres.internal.crypto.LockKey;
import ai.snagr.data.postgres.internal.crypto.LockOpener;
import ai.snagr.data.postgres.internal.crypto.LockPublicKey;
import ai.snagr.data.postgres.internal.crypto.Pseudonyms;
import ai.snagr.data.postgres.internal.crypto.Sealer;
import ai.snagr.data.postgres.internal.schema.Schema;
import ai.snagr.data.postgres.internal.store.ChangeSubscriptions;
import ai.snagr.data.postgres.internal.store.MatchRights;
import ai.snagr.data.postgres.internal.store.PostgresSession;
import ai.snagr.data.postgres.internal.store.SubjectKeys;
import ai.snagr.data.spi.AdminGate;
import ai.snagr.data.spi.CacheableStore;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.StoreAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@code SnagrData} over PostgreSQL 15 to 18, plain or of a Supabase project. Made by {@link #builder()}; it holds two
 * connection pools until it is closed.
 */
public final class PostgresSnagrData implements SnagrData, CacheableStore {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresSnagrData.class);

    private final Database database;
    private final Sealer sealer;
    private final @Nullable LockOpener opener;
    private final Optional<LockPublicKey> lockKey;
    private final SubjectKeys subjectKeys;
    private final Pseudonyms pseudonyms;
    private final ChangeSubscriptions subscriptions = new ChangeSubscriptions();
    private final KeyProvider keys;
    private final String deployment;
    private final Set<DatabaseRole> roles;
    private final @Nullable Admissions admissions;

    private PostgresSnagrData(
            Database database,
            Sealer sealer,
            MatchRights matches,
            Pseudonyms pseudonyms,
            KeyProvider keys,
            String deployment,
            Set<DatabaseRole> roles,
            @Nullable Admissions admissions) {
        this.database = database;
        this.sealer = sealer;
        this.opener = matches.opener();
        this.lockKey = matches.newest();
        this.subjectKeys = new SubjectKeys(sealer, matches);
        this.pseudonyms = pseudonyms;
        this.keys = keys;
        this.deployment = deployment;
        this.roles = roles;
        this.admissions = admissions;
    }

    /** Where every instance begins. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Removes this library from a database: schema {@code snagr} with all rows, for good, and its roles unless something else
     * on the server uses them. Stop everything that serves first. Nothing is removed when it fails.
     *
     * @param jdbcUrl a direct connection, not through a transaction pooler
     * @param user the owner's login, as given to {@link Builder#migrator}
     * @param deployment the id of what is to be removed, as the confirmation that it is this one: {@code select id from
     *     snagr.deployment}
     * @throws SnagrDataException CONFIGURATION if the schema is not there, is another deployment's or another login's, or if
     *     objects of the host depend on it, which are then named
     */
    public static void uninstall(String jdbcUrl, String user, String password, UUID deployment) {
        Schema.uninstall(new StoreAddress(jdbcUrl, user, password), requireNonNull(deployment, "deployment"));
    }

    @Override
    public Session as(Actor actor) {
        return as(actor, Optional.empty());
    }

    @Override
    public Session as(Actor actor, RequestId request) {
        return as(actor, Optional.of(request));
    }

    private Session as(Actor actor, Optional<RequestId> request) {
        ActorContext context = contextOf(requireNonNull(actor, "actor"), trace(request));
        if (!roles.contains(context.role())) {
            throw new SnagrDataException.Misconfigured("This instance was built without the role of such an actor ("
                    + context.role().sqlName() + "): see services(…) and admins(…) of its builder");
        }
        return new PostgresSession(database, subjectKeys, subscriptions, context);
    }

    private ActorContext contextOf(Actor actor, Trace trace) {
        ActorContext context = asServed(ActorContext.of(actor).traced(trace));
        if (!(actor instanceof Actor.AdminActor admin) || admissions == null) {
            return context;
        }
        try {
            return admissions.admit(admin).traced(trace);
        } catch (SnagrDataException.Denied refusal) {
            AuditLog.recordRefusal(database.auditStatements(), context, "session", refusal);
            throw refusal;
        }
    }

    private Trace trace(Optional<RequestId> request) {
        return new Trace(request, pseudonyms, users());
    }

    private DatabaseRole users() {
        return roles.contains(DatabaseRole.AUTHENTICATED) ? DatabaseRole.AUTHENTICATED : DatabaseRole.USER;
    }

    private ActorContext asServed(ActorContext context) {
        return context.role() == DatabaseRole.USER ? context.asUser() : context;
    }

    /**
     * What seals and exports the audit trail.
     *
     * @throws SnagrDataException CONFIGURATION if this instance was built without the roles WORKER and AUDITOR
     */
    public AuditSealer auditSealer(AuditSigner signer, CheckpointSink sink) {
        if (!roles.containsAll(Set.of(DatabaseRole.WORKER, DatabaseRole.AUDITOR))) {
            throw new SnagrDataException.Misconfigured(
                    "Sealing the audit trail needs the roles WORKER and AUDITOR: see services(…) of the builder");
        }
        String origin = "snagr-data/" + deployment;
        Trace trace = trace(Optional.empty());
        return new AuditSealer(
                new TrailSeal(
                        database.auditStatements(),
                        ActorContext.of(Actor.service(ServiceRole.WORKER)).traced(trace),
                        origin,
                        signer.key(),
                        sink::last,
                        sink::append,
                        InstantSource.system()),
                new TrailExport(
                        database.auditStatements(),
                        ActorContext.of(Actor.service(ServiceRole.AUDITOR)).traced(trace),
                        origin));
    }

    /**
     * The fingerprint of the newest lock key when this instance was built, for {@link Builder#lockKeys} in other processes;
     * empty if there was none.
     */
    public Optional<String> lockKey() {
        return lockKey.map(LockPublicKey::fingerprint);
    }

    @Override
    public String deployment() {
        return deployment;
    }

    @Override
    public KeyProvider keys() {
        return keys;
    }

    @Override
    public void recordPlaintext(String host, String reason) {
        // As nobody in particular, in the role that every process has.
        ActorContext process = new ActorContext(
                users(),
                Optional.empty(),
                Actor.service(ServiceRole.WORKER),
                Optional.empty(),
                trace(Optional.empty()));
        AuditLog.record(
                database.auditStatements(),
                process,
                new AuditEntry(AuditAction.PLAINTEXT_ALLOWED, AuditOutcome.SUCCEEDED, "redis:" + host, reason));
    }

    /** Ends the subscriptions, closes the pools and overwrites the opened keys of users. The key provider stays open for its owner to close. */
    @Override
    public void close() {
        try {
            subscriptions.close();
            database.close();
        } finally {
            if (opener != null) {
                opener.close();
            }
            sealer.close();
            pseudonyms.close();
        }
    }

    /** What an instance needs: a database and keys. The rest has defaults. */
    public static final class Builder {
        private @Nullable StoreAddress primary;
        private @Nullable StoreAddress migrator;
        private @Nullable KeyProvider keys;
        private PoolSettings pool = PoolSettings.defaults();
        private Set<ServiceRole> services = EnumSet.allOf(ServiceRole.class);
        private Set<Capability> capabilities = EnumSet.allOf(Capability.class);
        private Set<String> lockKeys = Set.of();
        private @Nullable Admissions admissions;
        private @Nullable String plaintext;
        private DatabaseRole users = DatabaseRole.USER;
        private Schema.Tie tie = Schema.Tie.NONE;

        private Builder() {}

        /**
         * The database. When {@link #migrator} is not given, this login creates the schema and the roles; it then serves
         * as the login {@code snagr_app}, which it makes and which owns nothing. When {@code migrator} is given, this one
         * serves as it is.
         *
         * <p>Unless every host of the URL is this machine ({@code localhost}, {@code 127.0.0.0/8}, {@code ::1}), the
         * connection is {@code sslmode=verify-full}: the server proves its name by a certificate that this JVM trusts, or,
         * where the URL names one with {@code sslrootcert}, the authority in that file. The same holds for {@link #migrator}.
         *
         * @param jdbcUrl {@code jdbc:postgresql://host:port/database}
         */
        @CanIgnoreReturnValue
        public Builder primary(String jdbcUrl, String user, String password) {
            primary = new StoreAddress(jdbcUrl, user, password);
            return this;
        }

        /**
         * The login that owns the schema, used while this instance is built and never again. It need not be a superuser:
         * the right to create in the database and to create roles is enough.
         *
         * @param jdbcUrl the same database, by a direct connection, not through a transaction pooler
         */
        @CanIgnoreReturnValue
        public Builder migrator(String jdbcUrl, String user, String password) {
            migrator = new StoreAddress(jdbcUrl, user, password);
            return this;
        }

        /** The holder of the keys under which fields are sealed: see {@link Keys}. It stays the caller's to close. */
        @CanIgnoreReturnValue
        public Builder keys(KeyProvider provider) {
            keys = requireNonNull(provider, "provider");
            return this;
        }

        /** Sizes and time limits of the connection pools; {@link PoolSettings#defaults()} if not given. */
        @CanIgnoreReturnValue
        public Builder pool(PoolSettings settings) {
            pool = requireNonNull(settings, "settings");
            return this;
        }

        /**
         * The services that sessions may be opened for; all if not given. The login that serves then needs, and is given,
         * no other service's role: what a process cannot become, nobody who takes it over can. Users are always served;
         * a process whose users pay needs PAYMENTS.
         */
        @CanIgnoreReturnValue
        public Builder services(Set<ServiceRole> only) {
            services = Set.copyOf(only);
            return this;
        }

        /**
         * What this process may do with seller and address of matches; all if not given. A process for which one suffices
         * should be given keys for that one only: {@code Keys.exportKeyStore} makes such a file. What a process has no key
         * for, nobody who takes it over can do.
         */
        @CanIgnoreReturnValue
        public Builder capabilities(Set<Capability> only) {
            capabilities = Set.copyOf(only);
            return this;
        }

        /**
         * The only lock keys that a process with WRITE_MATCHES seals to; any if not given. Who can write the database could
         * otherwise put a lock key of his own into it.
         *
         * @param fingerprints what {@link PostgresSnagrData#lockKey} says in the process that unlocks
         */
        @CanIgnoreReturnValue
        public Builder lockKeys(Set<String> fingerprints) {
            lockKeys = Set.copyOf(fingerprints);
            return this;
        }

        /**
         * Lets {@code sslmode=disable}, {@code require} or {@code verify-ca} stand in a URL that leads to another machine,
         * where it is refused otherwise: what goes over that network can then be read, or answered by somebody else.
         * {@code allow} and {@code prefer} stay refused, since nobody can tell what they came to. Each start that makes
         * use of it is an event of the audit trail, with the reason.
         *
         * @param reason what protects that network instead, 1 to 500 characters
         */
        @CanIgnoreReturnValue
        public Builder allowPlaintext(String reason) {
            plaintext = requireNonNull(reason, "reason");
            return this;
        }

        /**
         * Users' sessions run as the role {@code authenticated} of a Supabase project, with the claims {@code sub} and
         * {@code role} that its own requests have, so that {@code auth.uid()} works in the project's own SQL. The start gives
         * that role what {@code snagr_user} may, and a start without this takes it back: all processes on one database must
         * agree. Without it {@code authenticated} has no right on anything of this library.
         */
        @CanIgnoreReturnValue
        public Builder usersAsAuthenticated() {
            users = DatabaseRole.AUTHENTICATED;
            return this;
        }

        /**
         * Every user is one of Supabase Auth: a foreign key from {@code snagr.users} to {@code auth.users}, by which the
         * deletion of a user there deletes the user here with all that is his, except that it is refused while he has an
         * unlock, which is kept. Users are then created with the id of theirs: {@code NewUser.of(id, email)}. A start without
         * this drops the key: all processes on one database must agree.
         */
        @CanIgnoreReturnValue
        public Builder usersOfSupabaseAuth() {
            tie = Schema.Tie.SUPABASE_AUTH;
            return this;
        }

        /** Sessions for admins, each admitted for 15 minutes from when the gate verified his proof. */
        @CanIgnoreReturnValue
        public Builder admins(AdminGate gate) {
            return admins(gate, Admissions.DEFAULT_VALIDITY);
        }

        /**
         * Sessions for admins. Without this there are none, and the login that serves cannot become their role: leave it
         * out in processes that face the public. The database counts the time as well, by its own clock, and refuses
         * every statement of an admin whose proof has expired.
         *
         * @param gate verifies the proof that an admin gives beyond his login
         * @param validity how long a proof counts after it was verified, 1 second to 1 hour
         */
        @CanIgnoreReturnValue
        public Builder admins(AdminGate gate, Duration validity) {
            admissions = new Admissions(gate, validity);
            return this;
        }

        /**
         * The instance: schema migrated, login and server checked, pools open.
         *
         * @throws SnagrDataException INVALID_INPUT naming every setting that is missing; CONFIGURATION if a login or the
         *     server is not fit, with what to change; SCHEMA_MISMATCH if the schema is newer than this library; UNAVAILABLE
         *     (retryable) if no server answers
         */
        public PostgresSnagrData build() {
            StoreAddress address = primary;
            KeyProvider provider = keys;
            if (address == null || provider == null) {
                List<Problem> problems = new ArrayList<>();
                if (address == null) {
                    problems.add(new Problem("primary", "is needed: the database's URL, user and password"));
                }
                if (provider == null) {
                    problems.add(new Problem("keys", "are needed: Keys.fromKeyStore(path, password)"));
                }
                throw new SnagrDataException.InvalidInput("PostgresSnagrData", problems);
            }
            return open(allowed(address), provider);
        }

        private StoreAddress allowed(StoreAddress address) {
            return plaintext == null ? address : address.allowPlaintext(plaintext);
        }

        private PostgresSnagrData open(StoreAddress address, KeyProvider provider) {
            Set<DatabaseRole> roles = roles();
            StoreAddress owner = migrator == null ? address : allowed(migrator);
            Schema.Prepared prepared =
                    Schema.prepare(owner, migrator == null ? Optional.empty() : Optional.of(address), roles, tie);
            Schema.recordPlaintext(owner, prepared.serving());
            int prepareThreshold = prepared.route().prepareThreshold(pool.prepareThreshold());
            LOG.info("{}", prepared.route().describe(prepareThreshold));
            UUID deployment = prepared.deployment();
            Pseudonyms pseudonyms = new Pseudonyms(
                    provider,
                    deployment,
                    Schema.auditKey(
                            owner,
                            wrapped -> Pseudonyms.opens(provider, deployment, wrapped),
                            () -> Pseudonyms.newKey(provider, deployment)));
            MatchRights matches = matchRights(owner, provider, deployment);
            Sealer sealer = new Sealer(provider, deployment);
            try {
                Database database = Database.open(prepared.serving(), pool.withPrepareThreshold(prepareThreshold));
                return new PostgresSnagrData(
                        database, sealer, matches, pseudonyms, provider, deployment.toString(), roles, admissions);
            } catch (RuntimeException e) {
                sealer.close();
                throw e;
            }
        }

        /** What this process may do, proven with its keys. */
        private MatchRights matchRights(StoreAddress owner, KeyProvider provider, UUID deployment) {
            KeyRef ignored = provider.current(KeyPurpose.SUBJECT);
            boolean unlocks = capabilities.contains(Capability.UNLOCK);
            Optional<LockKey> lock = Schema.lockKey(
                    owner, unlocks ? Optional.of(() -> firstLockKey(provider, deployment)) : Optional.empty());
            MatchRights matches = new MatchRights(
                    capabilities,
                    unlocks ? new LockOpener(provider, deployment) : null,
                    lockKeys,
                    lock.map(LockKey::publicKey));
            if (unlocks && !requireNonNull(matches.opener()).opens(lock.orElseThrow())) {
                throw new SnagrDataException.Misconfigured("These keys do not open version "
                        + lock.orElseThrow().version()
                        + " of the lock key: give this process the keys for the purpose LOCK"
                        + " with which it was made, or leave UNLOCK out of capabilities(…)");
            }
            if (capabilities.contains(Capability.WRITE_MATCHES)) {
                matches.requireTrusted(lock.orElseThrow(() -> new SnagrDataException.Misconfigured(
                                "There is no lock key yet to seal matches to: start the process that unlocks first,"
                                        + " which makes one, or leave WRITE_MATCHES out of capabilities(…)"))
                        .publicKey());
            }
            return matches;
        }

        private static LockKey firstLockKey(KeyProvider provider, UUID deployment) {
            try {
                return LockOpener.newKey(provider, deployment, 1);
            } catch (SnagrDataException.Misconfigured withoutKey) {
                throw new SnagrDataException.Misconfigured(
                        ErrorCode.CONFIGURATION,
                        "UNLOCK needs keys for the purpose LOCK, and these have none: give this process such keys, or"
                                + " leave UNLOCK out of capabilities(…)",
                        withoutKey);
            }
        }

        private Set<DatabaseRole> roles() {
            Set<DatabaseRole> roles = EnumSet.of(users);
            services.forEach(service -> roles.add(DatabaseRole.of(service)));
            if (admissions != null) {
                roles.add(DatabaseRole.ADMIN);
            }
            return Set.copyOf(roles);
        }
    }
}

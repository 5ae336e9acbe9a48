package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.audit.AuditAction;
import ai.snagr.data.postgres.internal.audit.AuditEntry;
import ai.snagr.data.postgres.internal.audit.AuditLog;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.Login;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.PasswordHash;
import ai.snagr.data.user.User;
import ai.snagr.data.user.UserId;
import ai.snagr.data.user.UserRepository;
import ai.snagr.data.user.UserStatus;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** Accounts. Some services may read everybody's, so what they read on behalf of one user is narrowed here. */
final class JdbiUserRepository implements UserRepository {
    private static final String COLUMNS = "id, email, is_active, deleted_at, created_at, updated_at";

    private static final RowMapper<User> USER = (row, context) -> new User(
            new UserId(Rows.uuid(row, 1)),
            new EmailAddress(row.getString(2)),
            status(row.getBoolean(3), Rows.instantOrNull(row, 4)),
            Rows.instantOrNull(row, 4),
            Rows.instant(row, 5),
            Rows.instant(row, 6));

    private static final RowMapper<Login> LOGIN = (row, context) -> new Login(
            new UserId(Rows.uuid(row, 1)),
            status(row.getBoolean(2), Rows.instantOrNull(row, 3)),
            row.getString(4) == null ? null : new PasswordHash(row.getString(4)));

    private static final String INSERT = """
            insert into snagr.users (id, email, email_key, password_hash)
            values (:id, :email, :emailKey, :passwordHash)
            on conflict (email_key) do nothing
            returning %s""".formatted(COLUMNS);

    private static final String BY_ID = "select %s from snagr.users where id = :id".formatted(COLUMNS);

    private static final String BY_IDS =
            "select %s from snagr.users where id = any(:ids) order by id".formatted(COLUMNS);

    private static final String BY_EMAIL = "select %s from snagr.users where email_key = :emailKey".formatted(COLUMNS);

    private static final String LOGIN_BY_EMAIL =
            "select id, is_active, deleted_at, password_hash from snagr.login_lookup(:emailKey)";

    private static final AuditEntry HASH_READ = AuditEntry.succeeded(AuditAction.SENSITIVE_READ, "users.password_hash");

    private static final String CHANGE_PASSWORD = """
            update snagr.users
            set password_hash = :passwordHash, updated_at = now()
            where id = :id and deleted_at is null""";

    private static final String SET_ACTIVE = """
            update snagr.users
            set is_active = :active, updated_at = case when is_active = :active then updated_at else now() end
            where id = :id and deleted_at is null
            returning %s""".formatted(COLUMNS);

    private static final String DELETE = """
            update snagr.users
            set is_active = false,
                deleted_at = coalesce(deleted_at, now()),
                updated_at = case when deleted_at is null then now() else updated_at end
            where id = :id
            returning %s""".formatted(COLUMNS);

    private final Caller caller;

    JdbiUserRepository(Caller caller) {
        this.caller = caller;
    }

    @Override
    public User create(NewUser user) {
        UserId given = user.id();
        UserId id = given == null ? new UserId(Ids.next()) : given;
        PasswordHash hash = user.passwordHash();
        return caller.forSubject(id)
                .run(
                        "users.create",
                        handle -> handle.createQuery(INSERT)
                                .bind("id", id.value())
                                .bind("email", user.email().value())
                                .bind("emailKey", user.email().key())
                                .bind("passwordHash", hash == null ? null : hash.value())
                                .map(USER)
                                .findOne())
                .orElseThrow(() -> new SnagrDataException.Conflict(
                        ErrorCode.EMAIL_UNAVAILABLE,
                        "This e-mail address cannot be registered: ask for another one, or offer a login"));
    }

    @Override
    public Optional<User> find(UserId id) {
        return caller.run(
                        "users.find",
                        handle -> handle.createQuery(BY_ID)
                                .bind("id", id.value())
                                .map(USER)
                                .findOne())
                .filter(user -> caller.means(user.id()));
    }

    @Override
    public User get(UserId id) {
        return find(id).orElseThrow(() -> Missing.row("user", id));
    }

    @Override
    public List<User> findAll(Collection<UserId> ids) {
        UUID[] wanted = Ids.array("ids", ids, UserId::value);
        List<User> users = caller.run(
                "users.findAll",
                handle ->
                        handle.createQuery(BY_IDS).bind("ids", wanted).map(USER).list());
        return users.stream().filter(user -> caller.means(user.id())).toList();
    }

    @Override
    public Optional<User> findByEmail(EmailAddress email) {
        return caller.run(
                        "users.findByEmail",
                        handle -> handle.createQuery(BY_EMAIL)
                                .bind("emailKey", email.key())
                                .map(USER)
                                .findOne())
                .filter(user -> caller.means(user.id()));
    }

    @Override
    public Optional<Login> findLogin(EmailAddress email) {
        Optional<Login> found = caller.run(
                        "users.findLogin",
                        handle -> handle.createQuery(LOGIN_BY_EMAIL)
                                .bind("emailKey", email.key())
                                .map(LOGIN)
                                .findOne())
                .filter(login -> caller.means(login.userId()));
        // Apart from the look-up, since the pseudonym of the user is not known before; and before he is handed out.
        found.filter(login -> login.passwordHash() != null)
                .ifPresent(
                        login -> AuditLog.recordAbout(caller.outside(), caller.context(), login.userId(), HASH_READ));
        return found;
    }

    @Override
    public void changePassword(PasswordHash hash) {
        UserId id = caller.user("users.changePassword");
        int changed = caller.run(
                "users.changePassword",
                handle -> handle.createUpdate(CHANGE_PASSWORD)
                        .bind("id", id.value())
                        .bind("passwordHash", hash.value())
                        .execute());
        if (changed == 0) {
            throw Missing.row("user", id);
        }
    }

    @Override
    public User deactivate(UserId id) {
        return setActive("users.deactivate", id, false);
    }

    @Override
    public User activate(UserId id) {
        return setActive("users.activate", id, true);
    }

    @Override
    public User delete(UserId id) {
        return caller.run(
                        "users.delete",
                        handle -> handle.createQuery(DELETE)
                                .bind("id", id.value())
                                .map(USER)
                                .findOne())
                .orElseThrow(() -> Missing.row("user", id));
    }

    private User setActive(String operation, UserId id, boolean active) {
        return caller.run(
                        operation,
                        handle -> handle.createQuery(SET_ACTIVE)
                                .bind("id", id.value())
                                .bind("active", active)
                                .map(USER)
                                .findOne())
                .orElseThrow(() -> find(id).isPresent()
                        ? new SnagrDataException.Conflict(
                                ErrorCode.WRONG_STATE, "User " + id + " is deleted and cannot be switched on or off")
                        : Missing.row("user", id));
    }

    private static UserStatus status(boolean active, @Nullable Instant deletedAt) {
        if (deletedAt != null) {
            return UserStatus.DELETED;
        }
        return active ? UserStatus.ACTIVE : UserStatus.INACTIVE;
    }
}

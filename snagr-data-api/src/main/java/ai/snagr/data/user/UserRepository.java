package ai.snagr.data.user;

import ai.snagr.data.SnagrDataException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Accounts. A user sees himself; AUTH registers and looks up logins; an admin sees and switches accounts. */
public interface UserRepository {
    /**
     * The registered user, active. For AUTH.
     *
     * @throws SnagrDataException EMAIL_UNAVAILABLE if the address cannot be registered. The answer is the same whether
     *     an active, an inactive or a deleted account has it; what to tell the person is the host's decision. ALREADY_EXISTS if the given id is
     *     another account's. NOT_FOUND if users are tied to those of Supabase Auth, and it has none with this id
     */
    User create(NewUser user);

    /** The account, or empty if the actor sees none with this id. For the user himself, NOTIFIER and admins. */
    Optional<User> find(UserId id);

    /**
     * The account. For the user himself, NOTIFIER and admins.
     *
     * @throws SnagrDataException NOT_FOUND if the actor sees none with this id
     */
    User get(UserId id);

    /** Those of the accounts that the actor sees, in the order of the ids, each once; at most 1,000 ids. */
    List<User> findAll(Collection<UserId> ids);

    /** The account with this address, whatever its case, or empty if the actor sees none. For the user and admins. */
    Optional<User> findByEmail(EmailAddress email);

    /** What is needed to check a login with this address, or empty if there is no such account. For AUTH. */
    Optional<Login> findLogin(EmailAddress email);

    /**
     * Stores a new hash for the user that the actor stands for. For AUTH on behalf of one user.
     *
     * @throws SnagrDataException NOT_FOUND if there is no such account, or it is deleted
     */
    void changePassword(PasswordHash hash);

    /**
     * The account, switched off. Repeating it changes nothing. For admins.
     *
     * @throws SnagrDataException NOT_FOUND if there is no such account; WRONG_STATE if it is deleted
     */
    User deactivate(UserId id);

    /**
     * The account, switched on again. Repeating it changes nothing. For admins.
     *
     * @throws SnagrDataException NOT_FOUND if there is no such account; WRONG_STATE if it is deleted
     */
    User activate(UserId id);

    /**
     * The account, marked as deleted; the rows stay until retention removes them. Repeating it changes nothing. For
     * admins.
     *
     * @throws SnagrDataException NOT_FOUND if there is no such account
     */
    User delete(UserId id);
}

package ai.snagr.data;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;
import ai.snagr.data.user.UserId;
import java.util.Optional;

/**
 * On whose authority statements run. An actor becomes a database role and claims, with every statement; what the role
 * may do and which rows it sees is decided by the database.
 */
public sealed interface Actor {
    /** Whose rows are meant, where the actor stands for one user; else empty. */
    Optional<UserId> userId();

    /** An end user, who sees his own rows and nothing else. */
    static UserActor user(UserId id) {
        return new UserActor(id);
    }

    /** A background service. It sees what its role needs; {@link ServiceActor#onBehalfOf} narrows it to one user. */
    static ServiceActor service(ServiceRole role) {
        return new ServiceActor(role, Optional.empty());
    }

    /**
     * A person who operates the system. He is admitted by a fresh proof of who he is, for minutes; every statement is
     * recorded in the audit trail together with the reason.
     *
     * @param id who it is, at most 200 characters
     * @param reason why, such as a ticket, 1 to 500 characters
     * @param proof what the host's {@link ai.snagr.data.spi.AdminGate} verifies
     */
    static AdminActor admin(String id, String reason, AdminProof proof) {
        return new AdminActor(id, reason, proof);
    }

    /** An end user. */
    record UserActor(UserId id) implements Actor {
        public UserActor {
            requireNonNull(id, "id");
        }

        @Override
        public Optional<UserId> userId() {
            return Optional.of(id);
        }
    }

    /** A background service, for all users or on behalf of one. */
    record ServiceActor(ServiceRole role, Optional<UserId> userId) implements Actor {
        public ServiceActor {
            requireNonNull(role, "role");
            requireNonNull(userId, "userId");
        }

        /** The same service, for the rows of one user. */
        public ServiceActor onBehalfOf(UserId id) {
            return new ServiceActor(role, Optional.of(id));
        }
    }

    /** An operator with a reason and a proof. */
    record AdminActor(String id, String reason, AdminProof proof) implements Actor {
        public AdminActor {
            requireNonNull(id, "id");
            requireNonNull(reason, "reason");
            requireNonNull(proof, "proof");
            Check.of(AdminActor.class)
                    .text(id, "id", 200)
                    .text(reason, "reason", 500)
                    .done();
        }

        @Override
        public Optional<UserId> userId() {
            return Optional.empty();
        }
    }
}

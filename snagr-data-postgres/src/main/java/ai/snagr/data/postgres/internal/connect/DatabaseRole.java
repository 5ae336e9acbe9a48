package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import java.util.EnumSet;
import java.util.Set;

/** The database roles that statements run as. Each is a NOLOGIN role with exactly the privileges that it needs. */
public enum DatabaseRole {
    USER("snagr_user"),
    AUTH("snagr_auth"),
    MATCHER("snagr_matcher"),
    PAYMENTS("snagr_payments"),
    NOTIFIER("snagr_notifier"),
    WORKER("snagr_worker"),
    ADMIN("snagr_admin"),
    AUDITOR("snagr_auditor"),
    FEED("snagr_feed"),
    /** Owns the staging tables, so that it may COPY into them; holds nothing else. */
    BULK("snagr_bulk"),
    /** The host's own role of users who have logged in, of a Supabase project: for users instead of {@link #USER}. */
    AUTHENTICATED("authenticated");

    private final String sqlName;

    DatabaseRole(String sqlName) {
        this.sqlName = sqlName;
    }

    public String sqlName() {
        return sqlName;
    }

    /** All but the host's. */
    public static Set<DatabaseRole> ours() {
        return EnumSet.complementOf(EnumSet.of(AUTHENTICATED));
    }

    static DatabaseRole of(Actor actor) {
        if (actor instanceof Actor.UserActor) {
            return USER;
        }
        return actor instanceof Actor.ServiceActor service ? of(service.role()) : ADMIN;
    }

    public static DatabaseRole of(ServiceRole role) {
        return switch (role) {
            case AUTH -> AUTH;
            case MATCHER -> MATCHER;
            case PAYMENTS -> PAYMENTS;
            case NOTIFIER -> NOTIFIER;
            case WORKER -> WORKER;
            case AUDITOR -> AUDITOR;
            case FEED -> FEED;
        };
    }
}

package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;

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
    /** Owns the staging tables, so that it may COPY into them; holds nothing else. */
    BULK("snagr_bulk");

    private final String sqlName;

    DatabaseRole(String sqlName) {
        this.sqlName = sqlName;
    }

    public String sqlName() {
        return sqlName;
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
        };
    }
}

/** Domain records, one repository interface per aggregate, sessions, errors and the service provider interfaces. */
@org.jspecify.annotations.NullMarked
module ai.snagr.data {
    requires static transitive org.jspecify;

    exports ai.snagr.data;
    exports ai.snagr.data.admin;
    exports ai.snagr.data.audit;
    exports ai.snagr.data.bulk;
    exports ai.snagr.data.change;
    exports ai.snagr.data.job;
    exports ai.snagr.data.match;
    exports ai.snagr.data.meta;
    exports ai.snagr.data.notification;
    exports ai.snagr.data.payment;
    exports ai.snagr.data.preference;
    exports ai.snagr.data.privacy;
    exports ai.snagr.data.search;
    exports ai.snagr.data.spi;
    exports ai.snagr.data.unlock;
    exports ai.snagr.data.user;

    uses ai.snagr.data.spi.SnagrDataProvider;
}

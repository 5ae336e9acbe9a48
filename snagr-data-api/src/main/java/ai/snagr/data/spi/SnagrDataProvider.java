package ai.snagr.data.spi;

import ai.snagr.data.SnagrData;

/** How tools that do not know the store open one: found with {@link java.util.ServiceLoader}. */
public interface SnagrDataProvider {
    /** Brings the database's schema up to date. Repeating it changes nothing. */
    void migrate(StoreAddress address);

    /** An open store on a migrated database, for every actor; the caller closes it, and the keys after it. */
    SnagrData open(StoreAddress address, KeyProvider keys, AdminGate admins);

    /** A provider of keys for tests, which holds its keys in memory and forgets them when closed. */
    KeyProvider testKeys();
}

package ai.snagr.data.postgres;

import ai.snagr.data.SnagrData;
import ai.snagr.data.postgres.internal.schema.Schema;
import ai.snagr.data.spi.AdminGate;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.SnagrDataProvider;
import ai.snagr.data.spi.StoreAddress;

/** How the testkit finds this store. */
public final class PostgresSnagrDataProvider implements SnagrDataProvider {
    @Override
    public void migrate(StoreAddress address) {
        Schema.migrateOnly(address);
    }

    @Override
    public SnagrData open(StoreAddress address, KeyProvider keys, AdminGate admins) {
        PostgresSnagrData.Builder builder = PostgresSnagrData.builder()
                .primary(address.jdbcUrl(), address.user(), address.password())
                .keys(keys)
                .admins(admins);
        address.plaintext().ifPresent(builder::allowPlaintext);
        return builder.build();
    }

    @Override
    public KeyProvider testKeys() {
        return Keys.ephemeral();
    }
}

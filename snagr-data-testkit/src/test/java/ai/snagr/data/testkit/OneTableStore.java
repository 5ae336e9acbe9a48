package ai.snagr.data.testkit;

import ai.snagr.data.Actor;
import ai.snagr.data.RequestId;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.spi.AdminGate;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.KeyState;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.SnagrDataProvider;
import ai.snagr.data.spi.StoreAddress;
import ai.snagr.data.spi.WrappedKey;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/** The smallest store: one table, and one real connection that it holds while open. */
public final class OneTableStore implements SnagrDataProvider {
    static final AtomicInteger MIGRATIONS = new AtomicInteger();

    @Override
    public void migrate(StoreAddress address) {
        MIGRATIONS.incrementAndGet();
        try (Connection connection = connect(address);
                Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists note (text text not null)");
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Override
    public SnagrData open(StoreAddress address, KeyProvider keys, AdminGate admins) {
        return new Open(connect(address));
    }

    @Override
    public KeyProvider testKeys() {
        return new NoKeys();
    }

    private static Connection connect(StoreAddress address) {
        try {
            return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** An open store, whose connection tests may use or spoil. */
    record Open(Connection connection) implements SnagrData {
        @Override
        public Session as(Actor actor) {
            throw new UnsupportedOperationException("one table has no sessions");
        }

        @Override
        public Session as(Actor actor, RequestId request) {
            return as(actor);
        }

        @Override
        public void close() {
            try {
                connection.close();
            } catch (SQLException failure) {
                throw new IllegalStateException(failure);
            }
        }
    }

    private static final class NoKeys implements KeyProvider {
        @Override
        public KeyRef current(KeyPurpose purpose) {
            throw new UnsupportedOperationException("one table seals nothing");
        }

        @Override
        public WrappedKey wrap(KeyRef kek, SecretBytes key, KeyContext context) {
            throw new UnsupportedOperationException("one table seals nothing");
        }

        @Override
        public SecretBytes unwrap(WrappedKey wrapped, KeyContext context) {
            throw new UnsupportedOperationException("one table seals nothing");
        }

        @Override
        public WrappedKey rewrap(WrappedKey wrapped, KeyRef to, KeyContext context) {
            throw new UnsupportedOperationException("one table seals nothing");
        }

        @Override
        public KeyState state(KeyRef ref) {
            throw new UnsupportedOperationException("one table seals nothing");
        }

        @Override
        public void disable(KeyRef ref) {
            throw new UnsupportedOperationException("one table seals nothing");
        }

        @Override
        public void enable(KeyRef ref) {
            throw new UnsupportedOperationException("one table seals nothing");
        }

        @Override
        public KeyState destroy(KeyRef ref, Instant notBefore) {
            throw new UnsupportedOperationException("one table seals nothing");
        }

        @Override
        public void close() {}
    }
}

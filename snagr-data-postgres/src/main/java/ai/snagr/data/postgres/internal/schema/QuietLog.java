package ai.snagr.data.postgres.internal.schema;

import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogCreator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on what the migration engine logs, one step quieter: its progress is of interest to nobody but us, and its errors
 * are thrown as well. Public because the engine makes it by name.
 */
public final class QuietLog implements LogCreator {
    @Override
    public Log createLogger(Class<?> owner) {
        return new Lines(LoggerFactory.getLogger(owner));
    }

    private record Lines(Logger log) implements Log {
        @Override
        public void debug(String message) {
            log.trace(message);
        }

        @Override
        public void info(String message) {
            log.debug(message);
        }

        @Override
        public void notice(String message) {
            log.debug(message);
        }

        @Override
        public void warn(String message) {
            log.info(message);
        }

        @Override
        public void error(String message) {
            log.debug(message);
        }

        @Override
        public void error(String message, Exception failure) {
            log.debug(message, failure);
        }
    }
}

package ai.snagr.data.postgres.internal.connect;

import org.jspecify.annotations.Nullable;

/** What is to be done in one transaction. */
@FunctionalInterface
public interface TransactionWork<T extends @Nullable Object, X extends Exception> {
    T run(StatementScope scope) throws X;
}

/** The store over PostgreSQL: {@code PostgresSnagrData.builder()} in, {@code close()} out. */
@NullMarked
@CheckReturnValue
package ai.snagr.data.postgres;

import ai.snagr.data.meta.CheckReturnValue;
import org.jspecify.annotations.NullMarked;

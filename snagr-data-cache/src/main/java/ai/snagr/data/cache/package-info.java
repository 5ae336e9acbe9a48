/** The two-tier cache over any {@code SnagrData}: Caffeine near, Redis far, and PostgreSQL has the last word. */
@NullMarked
@CheckReturnValue
package ai.snagr.data.cache;

import ai.snagr.data.meta.CheckReturnValue;
import org.jspecify.annotations.NullMarked;

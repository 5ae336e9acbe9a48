/** What the repositories owe beyond the contracts: seen from the tables, and against whoever reaches these. */
@NullMarked
package ai.snagr.data.postgres.internal.store;

import org.jspecify.annotations.NullMarked;

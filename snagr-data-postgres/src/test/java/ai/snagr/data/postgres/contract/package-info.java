/** The contract suites of the testkit, over PostgreSQL alone. */
@NullMarked
package ai.snagr.data.postgres.contract;

import org.jspecify.annotations.NullMarked;

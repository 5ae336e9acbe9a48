/** Not API. Migrations, roles, and the check that schema and library fit. */
@NullMarked
package ai.snagr.data.postgres.internal.schema;

import org.jspecify.annotations.NullMarked;

/** Real PostgreSQL and Redis for tests: a migrated database of its own for every test class or method. */
@NullMarked
package ai.snagr.data.testkit;

import org.jspecify.annotations.NullMarked;

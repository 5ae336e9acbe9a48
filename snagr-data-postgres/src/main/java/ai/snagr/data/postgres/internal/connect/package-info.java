/** Not API. Pools, actors as database roles and claims, and the prelude that carries them with each statement. */
@NullMarked
package ai.snagr.data.postgres.internal.connect;

import org.jspecify.annotations.NullMarked;

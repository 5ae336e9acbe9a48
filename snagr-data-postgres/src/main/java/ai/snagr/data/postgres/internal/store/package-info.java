/** Not API. One file per aggregate, package-private, behind one session. */
@NullMarked
package ai.snagr.data.postgres.internal.store;

import org.jspecify.annotations.NullMarked;

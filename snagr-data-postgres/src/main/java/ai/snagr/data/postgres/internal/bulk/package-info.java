/** Not API. Binary COPY into staging. */
@NullMarked
package ai.snagr.data.postgres.internal.bulk;

import org.jspecify.annotations.NullMarked;

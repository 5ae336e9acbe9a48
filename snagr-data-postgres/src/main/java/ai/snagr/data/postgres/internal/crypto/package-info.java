/** Not API. Sealing of fields: keys per user, and the record format. */
@NullMarked
package ai.snagr.data.postgres.internal.crypto;

import org.jspecify.annotations.NullMarked;

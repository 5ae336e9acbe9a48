/** Not API. The record of sensitive acts: how an event is written. */
@NullMarked
package ai.snagr.data.postgres.internal.audit;

import org.jspecify.annotations.NullMarked;

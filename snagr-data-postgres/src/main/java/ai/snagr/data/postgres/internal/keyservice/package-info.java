/** Not API. Key services that are reached over a network. */
@NullMarked
package ai.snagr.data.postgres.internal.keyservice;

import org.jspecify.annotations.NullMarked;

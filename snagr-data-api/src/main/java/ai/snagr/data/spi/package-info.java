/** What a host or a store supplies. */
@CheckReturnValue
package ai.snagr.data.spi;

import ai.snagr.data.meta.CheckReturnValue;

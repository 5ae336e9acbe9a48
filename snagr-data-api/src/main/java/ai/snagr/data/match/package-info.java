/** Listings found for a search. A match holds no seller and no address. */
@CheckReturnValue
package ai.snagr.data.match;

import ai.snagr.data.meta.CheckReturnValue;

/** What a payment opened, once; the only way to the seller and the address. */
@CheckReturnValue
package ai.snagr.data.unlock;

import ai.snagr.data.meta.CheckReturnValue;

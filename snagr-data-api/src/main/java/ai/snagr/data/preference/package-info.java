/** How a user wants to be notified. */
@CheckReturnValue
package ai.snagr.data.preference;

import ai.snagr.data.meta.CheckReturnValue;

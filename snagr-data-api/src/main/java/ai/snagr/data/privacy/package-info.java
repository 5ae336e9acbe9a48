/** Values that never print. */
@CheckReturnValue
package ai.snagr.data.privacy;

import ai.snagr.data.meta.CheckReturnValue;

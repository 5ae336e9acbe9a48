/** What changed, told in order to whoever follows it: ids only, never a value. */
@CheckReturnValue
package ai.snagr.data.change;

import ai.snagr.data.meta.CheckReturnValue;

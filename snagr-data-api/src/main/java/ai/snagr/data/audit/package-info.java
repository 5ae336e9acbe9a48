/** The append-only record of sensitive acts. */
@CheckReturnValue
package ai.snagr.data.audit;

import ai.snagr.data.meta.CheckReturnValue;

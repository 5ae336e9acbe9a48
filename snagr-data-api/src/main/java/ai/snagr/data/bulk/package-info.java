/** Reports of bulk writes. */
@CheckReturnValue
package ai.snagr.data.bulk;

import ai.snagr.data.meta.CheckReturnValue;

/** What a user is looking for, once or standing. */
@CheckReturnValue
package ai.snagr.data.search;

import ai.snagr.data.meta.CheckReturnValue;

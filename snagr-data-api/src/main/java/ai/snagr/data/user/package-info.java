/** Accounts and identity. */
@CheckReturnValue
package ai.snagr.data.user;

import ai.snagr.data.meta.CheckReturnValue;

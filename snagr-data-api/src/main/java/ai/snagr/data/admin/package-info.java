/** What operators read and set. */
@CheckReturnValue
package ai.snagr.data.admin;

import ai.snagr.data.meta.CheckReturnValue;

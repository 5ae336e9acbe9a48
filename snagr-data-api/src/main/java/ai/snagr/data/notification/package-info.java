/** Messages to send, leased and acknowledged. */
@CheckReturnValue
package ai.snagr.data.notification;

import ai.snagr.data.meta.CheckReturnValue;
